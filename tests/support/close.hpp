#pragma once

#include <algorithm>
#include <cmath>

/// Whether two numbers agree to a relative rounding. (doctest::Approx adds 1 to what its epsilon is a share of, so that
/// small numbers always agree.)
inline bool close(double a, double b, double relative) {
  return std::abs(a - b) <= relative * std::max(std::abs(a), std::abs(b));
}
