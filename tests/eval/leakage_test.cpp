#include "eval/leakage.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "eval/statistics.hpp"

using namespace sgtm;

TEST_CASE("statistics: mean, deviation and Student's interval of known values") {
  const Estimated e = estimate_mean({1, 2, 3, 6});
  CHECK(e.mean == doctest::Approx(3));
  CHECK(e.deviation == doctest::Approx(std::sqrt(14.0 / 3)));
  CHECK(e.half == doctest::Approx(3.182 * std::sqrt(14.0 / 3) / 2));
  CHECK(estimate_mean({5}).half == INFINITY);
  CHECK(std::isnan(estimate_mean({5}).deviation));
  CHECK(student_t(60) == doctest::Approx(2.000).epsilon(5e-4));
  for (int n = 1; n < 60; ++n) CHECK(student_t(n) > student_t(n + 1));
}

TEST_CASE("power law: the exponent and factor that the points were made of, and an interval that holds the truth") {
  std::vector<std::pair<double, double>> points;
  for (const double x : {1e5, 3e5, 1e6, 4e6}) points.emplace_back(x, 7 * std::pow(x, -0.3));
  const PowerLaw exact = fit_power_law(points);
  CHECK(exact.a == doctest::Approx(7));
  CHECK(exact.b.mean == doctest::Approx(-0.3));
  CHECK(exact.b.half < 1e-12);
  CHECK(exact.inverse(exact.at(12345)) == doctest::Approx(12345));
  for (std::size_t i = 0; i < points.size(); ++i) points[i].second *= i % 2 == 0 ? 1.05 : 0.95;
  const PowerLaw noisy = fit_power_law(points);
  CHECK(noisy.b.low() < -0.3);
  CHECK(noisy.b.high() > -0.3);
  CHECK(noisy.b.half > 0.01);
}

TEST_CASE("leakage: by interpolation on the standard curve; censored where the curve ends") {
  const StandardCurve curve{{0, 10}, {100, 8}, {1000, 6}, {10000, 3}};
  const Leakage middle = leakage(curve, 4.5, 20000);
  CHECK(middle.tokens == doctest::Approx(5500));
  CHECK(middle.ratio == doctest::Approx(0.275));
  CHECK(middle.kind == LeakageKind::measured);
  CHECK(leakage(curve, 6, 1000).ratio == doctest::Approx(1));  // a filter leaks all that it misses
  CHECK(leakage(curve, 10.5, 1000).kind == LeakageKind::none);
  CHECK(leakage(curve, 10.5, 1000).tokens == 0);
  CHECK(leakage(curve, 9, 1000).kind == LeakageKind::upper_bound);
  CHECK(leakage(curve, 9, 1000).tokens == 100);
  CHECK(leakage(curve, 2, 1000).kind == LeakageKind::beyond);
  CHECK(leakage(curve, 7, 0).ratio == 0);
}

TEST_CASE("compute penalty: inverts the law exactly") {
  std::vector<std::pair<double, double>> points;
  for (const double c : {1e9, 1e10, 1e11, 1e12}) points.emplace_back(c, 7 * std::pow(c, -0.05));
  const PowerLaw law = fit_power_law(points);
  CHECK(compute_penalty(law, 7 * std::pow(2e10, -0.05), 8e10) == doctest::Approx(0.75));
  CHECK(compute_penalty(law, 7 * std::pow(3e10, -0.05), 2e10) == doctest::Approx(-0.5));
}

TEST_CASE("first_fall_to: the first place where x is so low, by straight lines") {
  const std::vector<std::pair<double, double>> points{{8, 0}, {4, 10}, {5, 20}, {2, 30}};
  CHECK(first_fall_to(points, 9) == 0);
  CHECK(first_fall_to(points, 6) == 5);
  CHECK(first_fall_to(points, 4) == 10);
  CHECK(first_fall_to(points, 3.5) == 25);
  CHECK(!first_fall_to(points, 1).has_value());
}

TEST_CASE("density: integrates to 1 and is highest where the values are") {
  for (const auto& [x, height] : density({2})) CHECK(std::isfinite(height));
  const auto curve = density({0, 0.1, -0.1, 0.05, 3});
  double integral = 0;
  std::pair<double, double> top{0, 0};
  for (std::size_t i = 1; i < curve.size(); ++i) {
    integral += (curve[i].first - curve[i - 1].first) * (curve[i].second + curve[i - 1].second) / 2;
    if (curve[i].second > top.second) top = curve[i];
  }
  CHECK(integral == doctest::Approx(1).epsilon(0.01));
  CHECK(std::abs(top.first) < 0.3);
}
