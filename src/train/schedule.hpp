#pragma once

#include "core/matrix.hpp"

namespace sgtm {

/// The learning rate, a pure function of the step: a line from a tenth of the peak to the peak
/// over `warmup` steps, then half a cosine down to 0 at `steps`.
struct Schedule {
  double peak = 5e-4;
  Index warmup = 500;
  Index steps = 1;
  double rate(Index step) const;
};

}  // namespace sgtm
