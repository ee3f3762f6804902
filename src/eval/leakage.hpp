#pragma once

#include <utility>
#include <vector>

namespace sgtm {

/// How the forget loss of standard training falls with the forget tokens n in its data (paper, App. G): points (n,
/// loss) by rising n, the first at n = 0. Made by training on all retain data and whole forget documents of n tokens,
/// which is what a filter that misses them does.
using StandardCurve = std::vector<std::pair<double, double>>;

enum class LeakageKind {
  measured,
  none,         // the loss lies above that of n = 0: reported as 0
  upper_bound,  // between n = 0 and the first point: no more than that point's n
  beyond,       // the loss lies below the whole curve: at least its last n
};

/// n* is the n at which the curve has this loss, by linear interpolation between the two nearest points (paper, App.
/// G); where the noise makes the curve rise in places, the first place where it falls to it. The leakage is n* /
/// unlabeled.
struct Leakage {
  double tokens;  // n*
  double ratio;   // 0 where nothing is unlabeled
  LeakageKind kind;
};
Leakage leakage(const StandardCurve& curve, double loss, double unlabeled_tokens);

const char* name(LeakageKind kind);

}  // namespace sgtm
