#include "verify/invariant.hpp"

#include <algorithm>

#include "sgtm/strategy.hpp"

namespace sgtm {

Index splitting_strategies() {
  return std::count_if(std::begin(strategies), std::end(strategies), [](const Strategy& s) { return s.splits; });
}

Index differing(const Flat<float>& a, const Flat<float>& b, const Ranges& ranges) {
  Index count = 0;
  for_each_range(
      ranges, [&](Index offset, Index size) { count += (a.segment(offset, size) != b.segment(offset, size)).count(); });
  return count;
}

}  // namespace sgtm
