#include "eval/leakage.hpp"

#include <array>
#include <cassert>

namespace sgtm {

Leakage leakage(const StandardCurve& curve, double loss, double unlabeled_tokens) {
  assert(curve.size() >= 2 && curve.front().first == 0);
  const auto of = [&](double n, LeakageKind kind) {
    return Leakage{n, unlabeled_tokens > 0 ? n / unlabeled_tokens : 0, kind};
  };
  if (loss >= curve.front().second) return of(0, LeakageKind::none);
  if (loss >= curve[1].second) return of(curve[1].first, LeakageKind::upper_bound);
  for (std::size_t i = 1; i + 1 < curve.size(); ++i) {
    const auto& [n_0, loss_0] = curve[i];
    const auto& [n_1, loss_1] = curve[i + 1];
    if (loss < loss_1) continue;
    return of(n_0 + (n_1 - n_0) * (loss_0 - loss) / (loss_0 - loss_1), LeakageKind::measured);
  }
  return of(curve.back().first, LeakageKind::beyond);
}

const char* name(LeakageKind kind) {
  return std::array{"measured", "none", "upper bound", "beyond the curve"}[static_cast<std::size_t>(kind)];
}

}  // namespace sgtm
