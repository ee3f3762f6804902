#include "lab/analysis/loss_figures.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/made_up_run.hpp"
#include "tests/support/points.hpp"

using namespace sgtm;

namespace {

bool has(const Series& series, const std::string& words) {
  return series.style.find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("figures: a point has the interval of its y, and of its x where asked for; none where there is one seed") {
  const Estimated several{2, 9, 0.5, 3}, other{4, 9, 0.25, 3}, one{3, NAN, INFINITY, 1};
  Series line;
  add_point(line, 7, several);
  add_point(line, 8, one);
  CHECK(line.points == LossCourse{{7, 2}, {8, 3}});
  CHECK(line.errors == std::vector<double>{0.5, 0});
  CHECK(line.x_errors.empty());
  Series both;
  add_point(both, several, other);
  add_point(both, one, other);
  CHECK(both.points == LossCourse{{2, 4}, {3, 4}});
  CHECK(both.errors == std::vector<double>{0.25, 0.25});
  CHECK(both.x_errors == std::vector<double>{0.5, 0});
}

TEST_CASE("figures: calibrated retain and forget losses as a point, means over seeds") {
  const Finished first = made_up_run("nano", "sgtm", 0, 1, {1, 7, 10}),
                 second = made_up_run("nano", "sgtm", 0, 2, {3, 8, 14});
  Series line;
  add_losses(line, {&first, &second});
  CHECK(equal(line.points, {{2, 12}}));
  CHECK(equal(line.errors, {half_of_two(10, 14)}));
  CHECK(equal(line.x_errors, {half_of_two(1, 3)}));
}

TEST_CASE("figures: a mean course goes point by point, over the seeds that came so far") {
  const Finished first = made_up_run("nano", "a", 0, 1, {0, 0, 0}), second = made_up_run("nano", "b", 0, 2, {0, 0, 0});
  const auto course_of = [](const Finished& run) {
    return run.plan.method == "a" ? LossCourse{{0, 9}, {10, 7}} : LossCourse{{0, 8}, {12, 4}, {30, 2}};
  };
  Series line;
  add_mean_course(line, {&first, &second}, course_of);
  CHECK(equal(line.points, {{0, 8.5}, {11, 5.5}, {30, 2}}));
  CHECK(equal(line.errors, {half_of_two(9, 8), half_of_two(7, 4), 0}));
  Series reversed;
  add_mean_course(reversed, {&second, &first}, course_of, 1);
  CHECK(equal(reversed.points, {{11, 5.5}, {30, 2}}));
}

TEST_CASE("figures: the trade-off has a line per method of a size, in its colour, and a point per rate") {
  const std::vector<Finished> all{
      made_up_run("nano", "sgtm", 0, 1, {1, 2, 9}), made_up_run("nano", "filter", 0, 1, {1.5, 3, 8}),
      made_up_run("nano", "sgtm", 0.2, 1, {1.25, 2, 7}), made_up_run("nano", "sgtm", 0.2, 2, {1.75, 2, 6}),
      made_up_run("micro", "sgtm", 0, 1, {4, 5, 6})};
  Figure figure;
  add_trade_off(figure, all, "nano");
  REQUIRE(figure.series.size() == 2);
  CHECK(figure.series[0].title == "sgtm");
  CHECK(equal(figure.series[0].points, {{1, 9}, {1.5, 6.5}}));
  CHECK(equal(figure.series[0].x_errors, {0, half_of_two(1.25, 1.75)}));
  CHECK(has(figure.series[0], std::string("xyerrorlines")));
  CHECK(has(figure.series[0], colour_of("sgtm")));
  CHECK(figure.series[1].title == "filter");
  CHECK(equal(figure.series[1].points, {{1.5, 8}}));
  CHECK(has(figure.series[1], colour_of("filter")));
}

TEST_CASE("figures: the floor is a cross or a line, and is missing where it is not known") {
  Finished run = made_up_run("nano", "sgtm", 0, 1, {1, 2, 3});
  Figure figure;
  add_floor(figure, run);
  add_floor(figure, run, {"adjacent", "retain"});
  add_floor(figure, run, "adjacent", 10, 20);
  REQUIRE(figure.series.size() == 3);
  CHECK(figure.series[0].points == LossCourse{{0.25, 0.5}});
  CHECK(figure.series[1].points == LossCourse{{0.375, 0.25}});
  CHECK(figure.series[2].points == LossCourse{{10, 0.375}, {20, 0.375}});
  for (const Series& series : figure.series) CHECK(series.title == "floor");
  run.result.floor.erase("forget");
  Figure unknown;
  add_floor(unknown, run);
  add_floor(unknown, run, {"forget", "retain"});
  add_floor(unknown, run, "forget", 10, 20);
  CHECK(unknown.series.empty());
  add_floor(unknown, run, {"retain", "adjacent"});
  CHECK(unknown.series.size() == 1);
}

TEST_CASE("figures: methods that stand in one figure have colours of their own; the weak filter is the filter") {
  const std::vector<std::string> methods{"none", "filter",           "strict",
                                         "sgtm", "gradient_routing", "sgtm, masked and scaled"};
  for (std::size_t i = 0; i < methods.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) CHECK(std::string(colour_of(methods[i])) != colour_of(methods[j]));
  CHECK(std::string(colour_of("weak")) == colour_of("filter"));
}
