#include "verify/invariant.hpp"

#include <algorithm>

#include "sgtm/strategy.hpp"

namespace sgtm {

Index splitting_strategies() {
  return std::count_if(std::begin(strategy_rows), std::end(strategy_rows), [](Strategy s) { return s.splits; });
}

Index differing(const Flat<float>& a, const Flat<float>& b, const Region& region) {
  Index count = 0;
  for_each_run(
      region, [&](Index offset, Index size) { count += (a.segment(offset, size) != b.segment(offset, size)).count(); });
  return count;
}

}  // namespace sgtm
