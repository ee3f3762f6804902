#pragma once

#include <algorithm>

#include "eval/leakage.hpp"
#include "tests/support/finished_table.hpp"
#include "tests/support/made_up_results.hpp"

/// Gives a run forget losses near a curve that falls with the forget tokens trained on: a filter's trained one at what
/// it missed, another method's ablated one at a share of that, its leakage.
inline void put_on_a_curve(sgtm::Finished& run, const MadeUpWorld& world) {
  const double unlabeled =
      std::round(run.plan.undiscovered * run.plan.config.tokens / 2 * (1 + 0.02 * world.share(run.plan, "length")));
  const double leaked = std::exp(-6 * world.share(run.plan, "leakage")) * unlabeled;
  const auto curve = [&](double n) {
    return 10 - 1.5 * std::log10(1 + n / 500) - 0.01 * world.share(run.plan, "noise");
  };
  run.result.tokens["forget"][sgtm::Label::unlabeled] = unlabeled;
  run.result.losses["trained"]["forget"] = curve(unlabeled);
  if (run.plan.method != "filter") run.result.losses["ablated"]["forget"] = curve(leaked);
}

/// The leakage of each run of a method on its own seed's curve: the trained losses of the filter's runs.
inline std::vector<sgtm::Leakage> leakages(const FinishedTable& table, const std::string& method, double undiscovered) {
  std::vector<sgtm::Leakage> found;
  for (const sgtm::Finished& run : table.runs(method, undiscovered)) {
    const auto unlabeled = [](const sgtm::Finished& r) { return r.result.tokens.at("forget")[sgtm::Label::unlabeled]; };
    sgtm::StandardCurve curve;
    for (const sgtm::Finished& standard : table.all)
      if (standard.plan.method == "filter" && standard.plan.size == table.size &&
          standard.plan.config.seed == run.plan.config.seed)
        curve.emplace_back(unlabeled(standard), lost("trained", "forget")(standard));
    std::sort(curve.begin(), curve.end());
    found.push_back(sgtm::leakage(curve, lost("ablated", "forget")(run), unlabeled(run)));
  }
  return found;
}
