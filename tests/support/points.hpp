#pragma once

#include <cmath>
#include <utility>
#include <vector>

/// Equal but for rounding.
inline bool equal(double a, double b) {
  return std::abs(a - b) <= 1e-9 * std::max(1.0, std::abs(b));
}

inline bool equal(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!equal(a[i], b[i])) return false;
  return true;
}

inline bool equal(const std::vector<std::pair<double, double>>& a, const std::vector<std::pair<double, double>>& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!equal(a[i].first, b[i].first) || !equal(a[i].second, b[i].second)) return false;
  return true;
}

/// Half the 95 % interval of two numbers' mean: Student's t of one degree of freedom, by half of their difference.
inline double half_of_two(double a, double b) {
  return 12.706 * std::abs(a - b) / 2;
}
