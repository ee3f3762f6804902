#include "eval/statistics.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "core/files.hpp"
#include "core/random.hpp"

using namespace sgtm;

namespace {

using Points = std::vector<std::pair<double, double>>;

const nlohmann::json& reference() {
  static const auto made =
      nlohmann::json::parse(read_file(fs::path(SGTM_SOURCE) / "tests/eval/reference/statistics.json"));
  return made;
}

bool equal(double a, double b, double relative = 1e-9) {
  return std::abs(a - b) <= relative * std::abs(b);
}

/// A reference's half width, had SciPy multiplied with our quantile, which is rounded.
double half_by_our_quantile(double half, int degrees) {
  return half * student_t(degrees) /
         reference().at("quantiles").at(static_cast<std::size_t>(degrees) - 1).at(1).get<double>();
}

/// The share of simulated samples whose interval holds the truth lies within four standard errors of 95 %.
template <class Sample>
void check_coverage(double truth, Sample sample) {
  constexpr int samples = 4000;
  int held = 0;
  for (int i = 0; i < samples; ++i) {
    const Estimated e = sample();
    held += e.low() <= truth && truth <= e.high();
  }
  CHECK(std::abs(held / double(samples) - 0.95) < 4 * std::sqrt(0.95 * 0.05 / samples));
}

}  // namespace

TEST_CASE("statistics: Student's quantiles are SciPy's, as far as the table and the series behind it go") {
  for (const auto& entry : reference().at("quantiles")) {
    const int degrees = entry.at(0);
    const double promised = degrees <= 30 ? 5.1e-4 : 1e-4;
    CHECK_MESSAGE(std::abs(student_t(degrees) - entry.at(1).get<double>()) <= promised, degrees);
  }
  CHECK(student_t(0) == INFINITY);
}

TEST_CASE("statistics: means, deviations and intervals are SciPy's") {
  for (const auto& sample : reference().at("means")) {
    const Estimated e = estimate_mean(sample.at("values"));
    CHECK(e.count == static_cast<int>(sample.at("values").size()));
    CHECK(equal(e.mean, sample.at("mean")));
    CHECK(equal(e.deviation, sample.at("deviation")));
    CHECK(equal(e.half, half_by_our_quantile(sample.at("half"), e.count - 1)));
    CHECK(e.low() == e.mean - e.half);
    CHECK(e.high() == e.mean + e.half);
  }
  const Estimated one = estimate_mean({5});
  CHECK(one.mean == 5);
  CHECK(one.half == INFINITY);
  CHECK(std::isnan(one.deviation));
  CHECK(one.count == 1);
}

TEST_CASE("statistics: power laws, their intervals and compute penalties are SciPy's") {
  for (const auto& fit : reference().at("power laws")) {
    const Points points = fit.at("points");
    const PowerLaw law = fit_power_law(points);
    CHECK(equal(law.a, fit.at("factor")));
    CHECK(equal(law.b.mean, fit.at("slope")));
    CHECK(equal(law.b.deviation, fit.at("stderr")));
    CHECK(law.b.count == static_cast<int>(points.size()));
    CHECK(equal(law.b.half, half_by_our_quantile(fit.at("half"), law.b.count - 2)));
    CHECK(equal(law.at(12345678), fit.at("at 12345678")));
    CHECK(equal(law.inverse(fit.at("loss")), fit.at("equal compute")));
    CHECK(equal(penalty_in_compute(law, fit.at("loss"), fit.at("spent")), fit.at("penalty")));
  }
}

TEST_CASE("statistics: a power law through two points is the line between them, of which nobody knows the error") {
  const PowerLaw law = fit_power_law({{100, 6}, {400, 3}});
  CHECK(equal(law.b.mean, -0.5));
  CHECK(equal(law.a, 60));
  CHECK(law.b.half == INFINITY);
  CHECK(std::isnan(law.b.deviation));
  CHECK(law.b.count == 2);
}

TEST_CASE("statistics: the compute penalty is the share of compute that an equal standard run would have saved") {
  Points points;
  for (const double c : {1e9, 1e10, 1e11, 1e12}) points.emplace_back(c, 7 * std::pow(c, -0.05));
  const PowerLaw law = fit_power_law(points);
  CHECK(equal(penalty_in_compute(law, 7 * std::pow(2e10, -0.05), 8e10), 0.75));
  CHECK(equal(penalty_in_compute(law, 7 * std::pow(3e10, -0.05), 2e10), -0.5));
}

TEST_CASE("statistics: 95 % intervals of means and of exponents hold the truth in 95 % of simulated samples") {
  Random random(7, "coverage");
  for (const int count : {3, 5})
    check_coverage(2.5, [&] {
      std::vector<double> values;
      for (int i = 0; i < count; ++i) values.push_back(2.5 + 0.7 * random.normal());
      return estimate_mean(values);
    });
  check_coverage(-0.3, [&] {
    Points points;
    for (const double x : {1e5, 3e5, 1e6, 4e6})
      points.emplace_back(x, 7 * std::pow(x, -0.3) * std::exp(0.1 * random.normal()));
    return fit_power_law(points).b;
  });
}

TEST_CASE("statistics: first_fall_to finds where SciPy's broken line first falls to the target") {
  for (const auto& fall : reference().at("falls")) {
    const auto place = first_fall_to(fall.at("points"), fall.at("target"));
    REQUIRE(place.has_value());
    CHECK(equal(*place, fall.at("y")));
  }
}

TEST_CASE("statistics: first_fall_to at the points themselves, where x begins low, and where it never falls so far") {
  const Points points{{8, 3}, {4, 10}, {5, 20}, {2, 30}};
  CHECK(first_fall_to(points, 9) == 3);
  CHECK(first_fall_to(points, 8) == 3);
  CHECK(first_fall_to(points, 4) == 10);
  CHECK(first_fall_to(points, 2) == 30);
  CHECK(!first_fall_to(points, 1.9).has_value());
  CHECK(!first_fall_to({}, 1).has_value());
}

TEST_CASE("statistics: densities are SciPy's, at a hundred even places, and integrate to 1") {
  for (const auto& of : reference().at("densities")) {
    const auto curve = density(of.at("values"));
    REQUIRE(curve.size() == 100);
    for (const auto& at : of.at("at")) {
      const auto [x, height] = curve[at.at(0).get<std::size_t>()];
      CHECK(equal(x, at.at(1)));
      CHECK(equal(height, at.at(2)));
    }
    double integral = 0;
    for (std::size_t i = 1; i < curve.size(); ++i)
      integral += (curve[i].first - curve[i - 1].first) * (curve[i].second + curve[i - 1].second) / 2;
    CHECK(integral == doctest::Approx(1).epsilon(0.002));  // 3 widths beyond the ends a kernel has 0.13 % left
  }
  const auto alone = density({2});
  REQUIRE(alone.size() == 100);
  for (const auto& [x, height] : alone) {
    CHECK(std::abs(x - 2) <= 3.1e-9);  // a width that is not 0
    CHECK(height > 0);
    CHECK(std::isfinite(height));
  }
}
