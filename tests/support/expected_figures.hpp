#pragma once

#include <doctest/doctest.h>

#include "tests/support/experiment_plans.hpp"
#include "tests/support/finished_table.hpp"
#include "tests/support/made_up_results.hpp"

/// A point at the means of these numbers. Where the series draws error bars, they are their intervals.
struct ExpectedPoint {
  Numbers x, y;
};

enum class Bars { none, y, both };

struct ExpectedSeries {
  std::string title;
  Bars bars;
  std::vector<ExpectedPoint> points;
};

/// The same place.
inline doctest::Approx near(double x) {
  return doctest::Approx(x).epsilon(1e-9).scale(1e-6);
}

inline void check_series(const sgtm::Series& series, const ExpectedSeries& expected) {
  CAPTURE(expected.title);
  CHECK(series.title == expected.title);
  REQUIRE(series.points.size() == expected.points.size());
  CHECK(series.errors.size() == (expected.bars == Bars::none ? 0 : expected.points.size()));
  CHECK(series.x_errors.size() == (expected.bars == Bars::both ? expected.points.size() : 0));
  const auto bar = [](const Numbers& numbers) { return numbers.size() > 1 ? interval_of(numbers).half : 0; };
  for (std::size_t i = 0; i < expected.points.size(); ++i) {
    CAPTURE(i);
    const auto& [x, y] = expected.points[i];
    CHECK(series.points[i].first == near(interval_of(x).mean));
    CHECK(series.points[i].second == near(interval_of(y).mean));
    if (expected.bars != Bars::none) CHECK(series.errors[i] == near(bar(y)));
    if (expected.bars == Bars::both) CHECK(series.x_errors[i] == near(bar(x)));
  }
}

/// Checks the figure of this name, which has these series and gnuplot settings.
inline void check_figure(const sgtm::Analysis& analysis, const std::string& name,
                         const std::vector<ExpectedSeries>& expected, const std::string& settings = "") {
  CAPTURE(name);
  const sgtm::Figure* found = nullptr;
  for (const auto& [file, figure] : analysis.figures)
    if (file == name) found = &figure;
  REQUIRE(found != nullptr);
  CHECK(found->settings == settings);
  REQUIRE(found->series.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) check_series(found->series[i], expected[i]);
}

/// An experiment at its own size, three seeds, in a made-up world.
struct Scene {
  std::vector<sgtm::Finished> all;
  FinishedTable table;
  sgtm::Analysis analysis;

  explicit Scene(const std::string& name, void (*change)(sgtm::Finished&, const MadeUpWorld&) = nullptr)
      : all(results(name, change)), table{all, experiment(name).size}, analysis(experiment(name).analyse(all)) {}
  Scene(const Scene&) = delete;

  double floor(const std::string& source) const {
    const auto some = table.runs(all.front().plan.method, all.front().plan.undiscovered);
    const sgtm::Finished& any = some.front();
    return any.result.floor.at(source);
  }
  /// Losses on retain and forget data.
  ExpectedPoint losses(const std::string& method, double rate) const {
    return {table.of(method, rate, lost("calibrated", "retain")), table.of(method, rate, lost("calibrated", "forget"))};
  }
  ExpectedSeries floor_line(const std::string& source, double from, double to) const {
    return {"floor", Bars::none, {{{from}, {floor(source)}}, {{to}, {floor(source)}}}};
  }
  ExpectedSeries floor_point(const std::string& x, const std::string& y) const {
    return {"floor", Bars::none, {{{floor(x)}, {floor(y)}}}};
  }

 private:
  static std::vector<sgtm::Finished> results(const std::string& name,
                                             void (*change)(sgtm::Finished&, const MadeUpWorld&)) {
    const MadeUpWorld world(1);
    auto all = world.results(plans_of(name, 3));
    if (change)
      for (sgtm::Finished& run : all) change(run, world);
    return all;
  }
};
