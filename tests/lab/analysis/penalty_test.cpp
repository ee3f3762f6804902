#include "lab/analysis/penalty.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>

#include "lab/analysis/loss_figures.hpp"
#include "tests/support/made_up_run.hpp"
#include "tests/support/points.hpp"

using namespace sgtm;

namespace {

/// A run of so many parameters and tokens: of two sources, with three labels.
Finished run_of(const char* size, const char* method, double undiscovered, std::uint64_t seed, const OfSources& losses,
                Index parameters, double tokens) {
  Finished run = made_up_run(size, method, undiscovered, seed, losses);
  run.result.parameters = parameters;
  run.result.tokens["retain"] = {{{0, tokens / 2, tokens / 4}}};  // by label: forget, unlabeled, retain
  run.result.tokens["forget"] = {{{tokens / 8, tokens / 8, 0}}};
  return run;
}

/// Standard runs that lie off any law. Of micro's second seed a budget is missing, and of mini all but one.
std::vector<Finished> standard_runs() {
  return {run_of("nano", "none", 0, 1, {2.35, 2.9, 3.1}, 1000, 80000),
          run_of("nano", "none, a quarter", 0, 1, {3.1, 3.3, 5.0}, 1000, 20000),
          run_of("nano", "none, half", 0, 1, {2.6, 3.2, 4.2}, 1000, 40000),
          run_of("nano", "none, a quarter", 0, 2, {3.2, 3.6, 4.9}, 1000, 20000),
          run_of("nano", "none, half", 0, 2, {2.5, 3.0, 4.3}, 1000, 40000),
          run_of("nano", "none", 0, 2, {2.4, 2.8, 3.2}, 1000, 80000),
          run_of("micro", "none, a quarter", 0, 1, {2.7, 2.6, 4.4}, 3000, 60000),
          run_of("micro", "none, half", 0, 1, {2.2, 2.5, 3.9}, 3000, 120000),
          run_of("micro", "none", 0, 1, {2.0, 2.1, 2.7}, 3000, 240000),
          run_of("micro", "none, half", 0, 2, {9, 9, 9}, 3000, 120000),
          run_of("micro", "none", 0, 2, {2.05, 2.2, 2.6}, 3000, 240000),
          run_of("mini", "none", 0, 1, {1.1, 1.2, 1.3}, 9000, 720000)};
}

/// ... and those of methods. Mini's has no standard run of its seed.
std::vector<Finished> all_runs() {
  std::vector<Finished> all = standard_runs();
  all.push_back(run_of("nano", "sgtm", 0.2, 1, {2.5, 3.3, 6}, 1000, 72000));
  all.push_back(run_of("nano", "sgtm", 0.2, 2, {2.7, 3.1, 7}, 1000, 64000));
  all.push_back(run_of("nano", "sgtm", 0.4, 1, {8, 8, 8}, 1000, 80000));
  all.push_back(run_of("micro", "sgtm", 0.2, 2, {2.1, 2.4, 5.5}, 3000, 160000));
  all.push_back(run_of("mini", "sgtm", 0.2, 3, {1.4, 1.5, 4.5}, 9000, 720000));
  all.push_back(run_of("nano", "weak", 0.2, 1, {2.3, 2.5, 5.5}, 1000, 72000));
  return all;
}

/// C = 6 N D and what the loss is above the floor, of the runs that make the law.
std::vector<std::pair<double, double>> points_of_law(const std::vector<double>& losses, double floor) {
  std::vector<std::pair<double, double>> points;
  const double compute[] = {4.8e8, 1.2e8, 2.4e8, 1.2e8, 2.4e8, 4.8e8, 1.08e9, 2.16e9, 4.32e9};
  for (std::size_t i = 0; i < losses.size(); ++i) points.emplace_back(compute[i], losses[i] - floor);
  return points;
}
PowerLaw retain_law() {
  return fit_power_law(points_of_law({2.35, 3.1, 2.6, 3.2, 2.5, 2.4, 2.7, 2.2, 2.0}, 0.25));
}
PowerLaw forget_law() {
  return fit_power_law(points_of_law({3.1, 5.0, 4.2, 4.9, 4.3, 3.2, 4.4, 3.9, 2.7}, 0.5));
}

/// The compute by the law that a loss above the floor takes, over the compute spent.
double used(const PowerLaw& law, double above_floor, double compute) {
  return std::pow(above_floor / law.a, 1 / law.b.mean) / compute;
}

bool same(const PowerLaw& a, const PowerLaw& b) {
  return equal(a.a, b.a) && equal(a.b.mean, b.b.mean) && equal(a.b.half, b.b.half) && a.b.count == b.b.count;
}

const PenaltyTable table{
    {"sgtm", "weak", "strict"}, 0.2, {{"retain", "general", "general"}, {"forget", "what goes", "goes"}}};

}  // namespace

TEST_CASE("penalty: the law is fitted to what standard runs are above the floor, of sizes and seeds with all budgets") {
  CHECK(std::vector<double>(std::begin(budgets), std::end(budgets)) == std::vector<double>{0.25, 0.5, 1});
  for (const auto& all : {standard_runs(), all_runs()}) {
    CHECK(same(*standard_law(all, "retain"), retain_law()));
    CHECK(same(*standard_law(all, "forget"), forget_law()));
  }
  const std::vector<Finished> standard = standard_runs();
  CHECK(!standard_law({standard[9], standard[10], standard[11]}, "retain").has_value());
}

TEST_CASE("penalty: an unknown floor counts as 0, and a loss below the floor as just above it") {
  std::vector<Finished> all = standard_runs();
  for (Finished& run : all) run.result.floor.erase("forget");
  CHECK(same(*standard_law(all, "forget"),
             fit_power_law(points_of_law({3.1, 5.0, 4.2, 4.9, 4.3, 3.2, 4.4, 3.9, 2.7}, 0))));
  all[0].result.losses["calibrated"]["retain"] = 0.125;  // its floor is 0.25
  auto points = points_of_law({2.35, 3.1, 2.6, 3.2, 2.5, 2.4, 2.7, 2.2, 2.0}, 0.25);
  points[0].second = 1e-6;
  CHECK(same(*standard_law(all, "retain"), fit_power_law(points)));
}

TEST_CASE("penalty: in percent of the standard run of the same size and seed; the standard run's own is by the law") {
  const std::vector<Finished> all = all_runs();
  const PowerLaw law = forget_law();
  const BySeed sgtm = penalties(all, "nano", "sgtm", 0.2, "forget");
  REQUIRE(sgtm.size() == 2);
  CHECK(equal(sgtm.at(1), 100 * (1 - used(law, 5.5, 4.32e8) / used(law, 2.6, 4.8e8))));
  CHECK(equal(sgtm.at(2), 100 * (1 - used(law, 6.5, 3.84e8) / used(law, 2.7, 4.8e8))));
  CHECK(sgtm.at(1) > 50);  // a loss that a tiny run has
  CHECK(equal(penalties(all, "nano", "weak", 0.2, "forget").at(1),
              100 * (1 - used(law, 5, 4.32e8) / used(law, 2.6, 4.8e8))));
  const BySeed none = penalties(all, "nano", "none", 0, "forget");
  REQUIRE(none.size() == 2);
  CHECK(equal(none.at(1), 100 * (1 - used(law, 2.6, 4.8e8))));
  CHECK(equal(none.at(2), 100 * (1 - used(law, 2.7, 4.8e8))));
  const BySeed micro = penalties(all, "micro", "sgtm", 0.2, "retain");
  REQUIRE(micro.size() == 1);
  CHECK(equal(micro.at(2), 100 * (1 - used(retain_law(), 1.85, 2.88e9) / used(retain_law(), 1.8, 4.32e9))));
  CHECK(penalties(all, "mini", "sgtm", 0.2, "retain").empty());
  CHECK(penalties({all[9], all[10]}, "micro", "none", 0, "retain").empty());  // no law
}

TEST_CASE("penalty: the table has the standard runs and the methods of every size, by column") {
  const std::vector<Finished> all = all_runs();
  const Analysis analysis = penalty_analysis(all, table);
  const auto cell = [&](const char* size, const char* method, double undiscovered, const char* source) {
    return interval_text(estimate_mean(values(penalties(all, size, method, undiscovered, source))));
  };
  const auto row = [&](const char* size, const char* title, const char* method, double undiscovered,
                       const char* seeds) {
    return std::vector<std::string>{size, title, seeds, cell(size, method, undiscovered, "retain"),
                                    cell(size, method, undiscovered, "forget")};
  };
  const char* law = "standard, by the law";
  CHECK(analysis.table ==
        std::vector<std::vector<std::string>>{
            {"size", "method", "seeds", "compute penalty on general, %", "compute penalty on what goes, %"},
            row("nano", law, "none", 0, "2"),
            row("nano", "sgtm", "sgtm", 0.2, "2"),
            row("nano", "weak", "weak", 0.2, "1"),
            row("micro", law, "none", 0, "2"),
            row("micro", "sgtm", "sgtm", 0.2, "1"),
            row("mini", law, "none", 0, "1"),
            {"mini", "sgtm", "1", "", ""}});
  CHECK(analysis.summary.at("law").size() == 2);
  CHECK(analysis.summary.at("law").at("general") == law_json(*standard_law(all, "retain")));
  CHECK(analysis.summary.at("law").at("what goes") == law_json(*standard_law(all, "forget")));
  const auto& summary = analysis.summary.at("penalties");
  REQUIRE(summary.size() == 12);
  const auto of_micro = estimate_mean(values(penalties(all, "micro", "sgtm", 0.2, "forget")));
  const nlohmann::ordered_json expected{
      {"size", "micro"}, {"method", "sgtm"}, {"on", "what goes"}, {"percent", interval_json(of_micro)}};
  CHECK(summary[9].dump() == expected.dump());
}

TEST_CASE("penalty: a figure per column, of the law, the standard runs it is from, the methods' means and the floor") {
  const Analysis analysis = penalty_analysis(all_runs(), table);
  REQUIRE(analysis.figures.size() == 2);
  CHECK(analysis.figures[0].first == "general");
  const auto& [file, figure] = analysis.figures[1];
  CHECK(file == "goes");
  CHECK(figure.title == "what goes against compute");
  CHECK(figure.x_label == "C = 6 N D, FLOP");
  CHECK(figure.y_label == "forget: calibrated held-out loss, nats per token");
  CHECK(figure.settings == "set logscale xy\n");
  REQUIRE(figure.series.size() == 5);
  const PowerLaw law = forget_law();
  std::vector<std::pair<double, double>> line;
  for (const double c : {1.2e8, 1.2e8, 2.4e8, 2.4e8, 4.8e8, 4.8e8, 1.08e9, 2.16e9, 4.32e9})
    line.emplace_back(c, 0.5 + law.a * std::pow(c, law.b.mean));
  CHECK(equal(figure.series[0].points, line));
  CHECK(figure.series[0].title == fmt::format("0.5 + {:.3g} C^{:.3f}", law.a, law.b.mean));
  CHECK(equal(figure.series[1].points, points_of_law({3.1, 5.0, 4.2, 4.9, 4.3, 3.2, 4.4, 3.9, 2.7}, 0)));
  const Series &sgtm = figure.series[2], &weak = figure.series[3], &floor = figure.series[4];
  CHECK(sgtm.title == "sgtm");
  CHECK(equal(sgtm.points, {{4.08e8, 6.5}, {2.88e9, 5.5}, {3.888e10, 4.5}}));
  CHECK(equal(sgtm.errors, {half_of_two(6, 7), 0, 0}));
  CHECK(equal(sgtm.x_errors, {half_of_two(4.32e8, 3.84e8), 0, 0}));
  CHECK(sgtm.style.starts_with("xyerrorbars"));
  CHECK(sgtm.style.find(colour_of("sgtm")) != std::string::npos);
  CHECK(weak.title == "weak");
  CHECK(equal(weak.points, {{4.32e8, 5.5}}));
  CHECK(floor.title == "floor");
  CHECK(floor.points == std::vector<std::pair<double, double>>{{1.2e8, 0.5}, {4.32e9, 0.5}});
}

TEST_CASE("penalty: without a law the losses are told instead") {
  const std::vector<Finished> all{run_of("nano", "none", 0, 1, {1, 2, 3}, 1000, 80000)};
  CHECK(penalty_analysis(all, table).table == loss_analysis(all).table);
}
