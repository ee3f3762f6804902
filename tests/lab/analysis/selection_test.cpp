#include "lab/analysis/selection.hpp"

#include <doctest/doctest.h>

#include "tests/support/made_up_run.hpp"

using namespace sgtm;

namespace {

/// Sizes, methods, rates and seeds in no order.
const std::vector<Finished>& mixed_runs() {
  static const std::vector<Finished> all{
      made_up_run("micro", "sgtm", 0.2, 2, {1, 2, 3}),   made_up_run("nano", "filter", 0.2, 2, {4, 5, 6}),
      made_up_run("nano", "sgtm", 0.4, 2, {7, 8, 9}),    made_up_run("nano", "sgtm", 0.2, 3, {10, 20, 30}),
      made_up_run("nano", "filter", 0.2, 1, {4, 5, 16}), made_up_run("nano", "sgtm", 0.2, 2, {11, 21, 31}),
      made_up_run("micro", "none", 0, 1, {1, 2, 3})};
  return all;
}
const Measure forget = loss("calibrated", "forget");

}  // namespace

TEST_CASE("selection: runs of one size, method and rate, in their order") {
  CHECK(runs_of(mixed_runs(), "nano", "sgtm", 0.2) == std::vector<const Finished*>{&mixed_runs()[3], &mixed_runs()[5]});
  CHECK(runs_of(mixed_runs(), "nano", "sgtm", 0.4) == std::vector<const Finished*>{&mixed_runs()[2]});
  CHECK(runs_of(mixed_runs(), "micro", "sgtm", 0.4).empty());
  CHECK(runs_of(mixed_runs(), "micro", "filter", 0.2).empty());
}

TEST_CASE("selection: a loss by state and source; what is not split has its trained loss where it has no ablated one") {
  const Finished& run = mixed_runs()[0];
  CHECK(loss_of(run, "calibrated", "retain") == 1);
  CHECK(loss_of(run, "calibrated", "adjacent") == 2);
  CHECK(loss_of(run, "trained", "forget") == 7);
  CHECK(loss_of(run, "ablated", "forget") == 14);
  CHECK(loss("ablated", "adjacent")(run) == 11);
  const Finished none = undivided(run);
  CHECK(loss_of(none, "ablated", "forget") == 7);
  CHECK(loss_of(none, "ablated", "retain") == 3);
  CHECK(loss_of(none, "calibrated", "forget") == 3);
}

TEST_CASE("selection: measures over runs and by seed") {
  const auto sgtm = runs_of(mixed_runs(), "nano", "sgtm", 0.2);
  CHECK(values(sgtm, forget) == std::vector<double>{30, 31});
  CHECK(mean_over(sgtm, forget).mean == doctest::Approx(30.5));
  CHECK(mean_over(sgtm, forget).count == 2);
  CHECK(by_seed(sgtm, forget) == BySeed{{2, 31}, {3, 30}});
  CHECK(values(by_seed(sgtm, forget)) == std::vector<double>{31, 30});
}

TEST_CASE("selection: differences are of the seeds that both have") {
  CHECK(minus({{1, 5}, {2, 9}, {4, 7}}, {{2, 3}, {3, 1}, {4, 8}}) == BySeed{{2, 6}, {4, -1}});
  const auto filter = runs_of(mixed_runs(), "nano", "filter", 0.2), sgtm = runs_of(mixed_runs(), "nano", "sgtm", 0.2);
  CHECK(paired_differences(filter, sgtm, forget) == std::vector<double>{25});  // the second minus the first
  CHECK(paired_differences(filter, {}, forget).empty());
  using Pairs = std::vector<std::pair<const Finished*, const Finished*>>;
  CHECK(of_equal_seed(filter, sgtm) == Pairs{{&mixed_runs()[1], &mixed_runs()[5]}});
}

TEST_CASE("selection: sizes, methods and rates that occur, each once, in the order of their first run") {
  CHECK(sizes_in(mixed_runs()) == std::vector<std::string>{"micro", "nano"});
  CHECK(methods_in(mixed_runs(), "nano") == std::vector<std::string>{"filter", "sgtm"});
  CHECK(methods_in(mixed_runs(), "micro") == std::vector<std::string>{"sgtm", "none"});
  CHECK(rates_in(mixed_runs(), "nano", "sgtm") == std::vector<double>{0.4, 0.2});
  CHECK(rates_in(mixed_runs(), "nano", "filter") == std::vector<double>{0.2});
  CHECK(rates_in(mixed_runs(), "micro", "none") == std::vector<double>{0});
  CHECK(one_of(mixed_runs(), "nano").plan.size == "nano");
  CHECK(one_of(mixed_runs(), "micro").plan.size == "micro");
}
