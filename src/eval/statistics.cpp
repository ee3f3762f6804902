#include "eval/statistics.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace sgtm {

double student_t(int degrees_of_freedom) {
  // Any table of the distribution has these. Beyond 30 the normal quantile z with two terms of its expansion in 1/n
  // (Cornish and Fisher 1938) is right to 0.0001.
  static constexpr double quantiles[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                                         2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
                                         2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
  if (degrees_of_freedom < 1) return std::numeric_limits<double>::infinity();
  if (degrees_of_freedom <= 30) return quantiles[degrees_of_freedom - 1];
  constexpr double z = 1.95996, z_3 = z * z * z, z_5 = z_3 * z * z;
  const double n = degrees_of_freedom;
  return z + (z_3 + z) / (4 * n) + (5 * z_5 + 16 * z_3 + 3 * z) / (96 * n * n);
}

Estimated estimate_mean(const std::vector<double>& values) {
  assert(!values.empty());
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  const double deviation = values.size() > 1 ? std::sqrt(squares / (n - 1)) : NAN;
  const double half = values.size() > 1 ? student_t(static_cast<int>(values.size()) - 1) * deviation / std::sqrt(n)
                                        : std::numeric_limits<double>::infinity();
  return {mean, deviation, half, static_cast<int>(values.size())};
}

double PowerLaw::at(double x) const {
  return a * std::pow(x, b.mean);
}

double PowerLaw::inverse(double y) const {
  return std::pow(y / a, 1 / b.mean);
}

PowerLaw fit_power_law(const std::vector<std::pair<double, double>>& points) {
  assert(points.size() >= 2);
  const auto n = static_cast<double>(points.size());
  double x_mean = 0, y_mean = 0, xx = 0, xy = 0, residuals = 0;
  for (const auto& [x, y] : points) x_mean += std::log(x) / n, y_mean += std::log(y) / n;
  for (const auto& [x, y] : points) {
    xx += (std::log(x) - x_mean) * (std::log(x) - x_mean);
    xy += (std::log(x) - x_mean) * (std::log(y) - y_mean);
  }
  const double slope = xy / xx, offset = y_mean - slope * x_mean;
  for (const auto& [x, y] : points) residuals += std::pow(std::log(y) - offset - slope * std::log(x), 2);
  const double error = points.size() > 2 ? std::sqrt(residuals / (n - 2) / xx) : NAN;
  const double half = points.size() > 2 ? student_t(static_cast<int>(points.size()) - 2) * error
                                        : std::numeric_limits<double>::infinity();
  return {std::exp(offset), {slope, error, half, static_cast<int>(points.size())}};
}

double penalty_in_compute(const PowerLaw& law, double loss, double spent) {
  return 1 - law.inverse(loss) / spent;
}

std::optional<double> first_fall_to(const std::vector<std::pair<double, double>>& points, double target) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto [x, y] = points[i];
    if (x > target) continue;
    if (i == 0) return y;
    const auto [before_x, before_y] = points[i - 1];
    return before_y + (y - before_y) * (before_x - target) / (before_x - x);
  }
  return std::nullopt;
}

std::vector<std::pair<double, double>> density(const std::vector<double>& values) {
  constexpr int places = 100;
  const auto n = static_cast<double>(values.size());
  const double spread = values.size() > 1 ? estimate_mean(values).deviation : 0;
  const double width = std::max(1e-9, 1.06 * spread * std::pow(n, -0.2));
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double from = *least - 3 * width, step = (*most - *least + 6 * width) / (places - 1);
  std::vector<std::pair<double, double>> result;
  for (int i = 0; i < places; ++i) {
    const double x = from + i * step;
    double sum = 0;
    for (const double v : values) sum += std::exp(-0.5 * (x - v) * (x - v) / (width * width));
    result.emplace_back(x, sum / (n * width * std::sqrt(2 * std::numbers::pi)));
  }
  return result;
}

}  // namespace sgtm
