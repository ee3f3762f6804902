#pragma once

#include <optional>
#include <utility>
#include <vector>

namespace sgtm {

/// Several seeds' values of one thing. `half` is half the width of the 95 % interval of the mean by Student's t; of a
/// single value it is infinite, and the deviation NaN.
struct Estimated {
  double mean, deviation, half;
  int count;
  double low() const { return mean - half; }
  double high() const { return mean + half; }
};

/// The deviation is the sample's (n - 1). Needs at least one value.
Estimated estimate_mean(const std::vector<double>& values);

/// y = a x^b, fitted by least squares to log y against log x; `b` with its 95 % interval (n - 2 degrees of freedom).
struct PowerLaw {
  double a;
  Estimated b;
  double at(double x) const;
  /// The x at which y is so large.
  double inverse(double y) const;
};

/// Needs at least two points with different x, all above 0. With two the interval is infinite.
PowerLaw fit_power_law(const std::vector<std::pair<double, double>>& points);

/// The compute penalty (Shilov et al. 2025, App. B): the share of the compute spent that a standard run of equal loss,
/// by the law loss(C), would not have needed. Below 0 where it would have needed more.
double penalty_in_compute(const PowerLaw& law, double loss, double spent);

/// Where x, going from point to point, first falls to `target`: the y there, by a straight line. The first point's y
/// where x begins there already; nothing where it never falls so far.
std::optional<double> first_fall_to(const std::vector<std::pair<double, double>>& points, double target);

/// The density of some values at a hundred places, by Gaussian kernels of Silverman's width. Needs at least one value.
std::vector<std::pair<double, double>> density(const std::vector<double>& values);

/// The 97.5 % quantile of Student's t: what a standard error is multiplied with for a 95 % interval.
double student_t(int degrees_of_freedom);

}  // namespace sgtm
