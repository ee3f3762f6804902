#include "train/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sgtm {

double Schedule::rate(Index step) const {
  if (step < warmup) return peak * (0.1 + 0.9 * static_cast<double>(step) / static_cast<double>(warmup));
  const double done = static_cast<double>(step - warmup) / static_cast<double>(std::max<Index>(1, steps - warmup));
  return peak * 0.5 * (1 + std::cos(std::numbers::pi * done));
}

}  // namespace sgtm
