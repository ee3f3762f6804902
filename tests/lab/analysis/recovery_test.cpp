#include "lab/analysis/recovery.hpp"

#include <doctest/doctest.h>

#include "lab/analysis/loss_figures.hpp"
#include "tests/support/made_up_run.hpp"
#include "tests/support/points.hpp"

using namespace sgtm;

namespace {

constexpr auto unasked = std::nullopt;

Finished attacked(std::uint64_t seed, double retain, const std::vector<AttackLook>& looks) {
  Finished run = made_up_run("nano", "sgtm", 0.2, seed, {retain, 2, 3});
  run.result.relearning = looks;
  return run;
}

/// An attack in which the loss falls in a line from 10 to `to` in so many steps, of 20 tokens each.
Finished falling(std::uint64_t seed, double retain, Index steps, double to) {
  return attacked(seed, retain, {{0, 0, 10, unasked}, {steps, 20.0 * static_cast<double>(steps), to, unasked}});
}

/// The unfiltered model of a seed: 2 x + 1 is its trained forget loss.
Finished unfiltered_with(std::uint64_t seed, double forget) {
  return made_up_run("nano", "none", 0, seed, {1, 2, (forget - 1) / 2});
}

/// To recall half of what the unfiltered model's loss is, which stands for its recall.
Goal half_recall() {
  return {"recall", "", [](const Finished& none) { return loss_of(none, "trained", "forget") / 2; }, true, "r"};
}

Runs pointers(const std::vector<Finished>& runs) {
  Runs all;
  for (const Finished& run : runs) all.push_back(&run);
  return all;
}

bool same(const Recovery& a, double steps, double tokens, bool reached) {
  return equal(a.steps, steps) && equal(a.tokens, tokens) && a.reached == reached;
}

}  // namespace

TEST_CASE("recovery: the loss goal lies so many nats above what the unfiltered model had after training") {
  const Goal goal = loss_goal("near", "within a nat", 1.5);
  CHECK(goal.of_unfiltered(unfiltered_with(1, 4)) == 5.5);
  CHECK(goal.of_unfiltered(undivided(unfiltered_with(1, 4))) == 5.5);
  CHECK(goal.name == std::string("near"));
  CHECK(goal.words == std::string("within a nat"));
  CHECK(!goal.rising);
}

TEST_CASE(
    "recovery: steps and tokens until the loss has fallen, or recall risen, to the goal; else all that were made") {
  const Finished run = attacked(1, 1, {{0, 0, 8, 0.1}, {10, 90, 6, unasked}, {20, 180, 4, 0.5}, {40, 360, 1, 0.9}});
  const Finished other = attacked(2, 1, {{0, 0, 8, 0.1}, {100, 700, 4, 0.2}});
  const Finished one = unfiltered_with(1, 1.6), two = unfiltered_with(2, 5), three = unfiltered_with(3, 5);
  const Goal loss = loss_goal("", "", 0.9), recall = half_recall();
  const Recoveries of_loss = recoveries({&other, &run}, {&one, &two, &three}, loss);
  REQUIRE(of_loss.size() == 2);
  CHECK(same(of_loss.at(1), 30, 270, true));                  // 2.5 lies half way from 4 to 1
  CHECK(same(of_loss.at(2), 100 * 2.1 / 4, 7 * 52.5, true));  // to 5.9
  const Recoveries of_recall = recoveries({&run, &other}, {&one, &two}, recall);
  CHECK(same(of_recall.at(1), 35, 315, true));    // 0.8, 3/4 of the way from 0.5 to 0.9
  CHECK(same(of_recall.at(2), 100, 700, false));  // 2.5
  CHECK(same(recoveries({&run}, {&one}, loss_goal("", "", -1)).at(1), 40, 360, false));
  CHECK(same(recoveries({&run}, {&one}, loss_goal("", "", 7)).at(1), 0, 0, true));  // there from the start
  CHECK(recoveries({&run}, {&two}, loss).empty());
}

TEST_CASE("recovery: a filter's is matched to SGTM's general loss on the way from its half run to its whole one") {
  // By seed: the filter's general losses on half and on all tokens, SGTM's, and the steps and ends of both attacks. The
  // goal is a loss of 5: half of the steps where the loss falls to 0.
  struct Row {
    std::uint64_t seed;
    double half, whole, sgtm;
    Index half_steps;
    double half_to;
    Index whole_steps;
    double whole_to;
  };
  const Row rows[] = {{1, 3, 2, 2.75, 100, 0, 300, 0},    // a quarter of the way
                      {2, 3, 2, 1.5, 100, 6, 300, 0},     // better than the whole run: that one
                      {3, 3, 2, 3.5, 100, 0, 300, 6},     // worse than the half run: that one
                      {4, 2, 2, 1.75, 100, 6, 300, 0},    // nothing gained: the whole run
                      {5, 3, 2, 2.5, 100, 6, 300, 0},     // half way, but half of it never came back
                      {6, 3, 2, 2.5, 100, 0, 300, 6},     // ... and the other half
                      {7, 1, 2, 1.5, 100, 0, 300, 0},     // worse with more tokens: the whole run
                      {8, 3, 2, 2, 100, 6, 300, 0},       // just the whole run
                      {9, 3, 2, 3, 100, 0, 300, 6},       // just the half run
                      {12, 2, 2, 2.25, 100, 6, 300, 0}};  // nothing gained, and SGTM worse
  std::vector<Finished> half, whole, sgtm, unfiltered;
  for (const Row& r : rows) {
    half.push_back(falling(r.seed, r.half, r.half_steps, r.half_to));
    whole.push_back(falling(r.seed, r.whole, r.whole_steps, r.whole_to));
    sgtm.push_back(falling(r.seed, r.sgtm, 77, 0));
    unfiltered.push_back(unfiltered_with(r.seed, 5));
  }
  half.push_back(falling(10, 3, 100, 0)), sgtm.push_back(falling(10, 2.5, 77, 0));  // no whole run
  half.push_back(falling(11, 3, 100, 0)), whole.push_back(falling(11, 2, 300, 0));  // no SGTM
  unfiltered.push_back(unfiltered_with(10, 5)), unfiltered.push_back(unfiltered_with(11, 5));
  const Recoveries found =
      matched_recoveries(pointers(half), pointers(whole), pointers(sgtm), pointers(unfiltered), loss_goal("", "", 0));
  REQUIRE(found.size() == 10);
  CHECK(same(found.at(1), 75, 1500, true));
  CHECK(same(found.at(2), 150, 3000, true));
  CHECK(same(found.at(3), 50, 1000, true));
  CHECK(same(found.at(4), 150, 3000, true));
  CHECK(same(found.at(5), 125, 2500, false));
  CHECK(same(found.at(6), 175, 3500, false));
  CHECK(same(found.at(7), 150, 3000, true));
  CHECK(same(found.at(8), 150, 3000, true));
  CHECK(same(found.at(9), 50, 1000, true));
  CHECK(same(found.at(12), 150, 3000, true));
}

TEST_CASE("recovery: more steps where both came back, or where the one that did not made no fewer") {
  const Recoveries first{{0, {20, 1, true}},  {1, {20, 1, true}},  {2, {20, 1, true}},  {3, {20, 1, true}},
                         {4, {20, 1, true}},  {5, {20, 1, false}}, {6, {20, 1, false}}, {7, {20, 1, false}},
                         {8, {20, 1, false}}, {9, {20, 1, true}}},
      second{{1, {11, 2, true}}, {2, {33, 2, false}}, {3, {20, 2, false}}, {4, {14, 2, false}}, {5, {15, 2, true}},
             {6, {20, 2, true}}, {7, {27, 2, true}},  {8, {12, 2, false}}, {10, {99, 2, true}}};
  // Of seeds 4, 7 and 8 nobody knows; 0, 9 and 10 have no pair.
  CHECK(more_steps(first, second) == std::vector<double>{9, -13, 0, 5, 0});
}

TEST_CASE("recovery: means over seeds, the count that came back, and both as text") {
  const Recoveries two{{3, {70, 900, true}}, {5, {90, 1300, true}}}, one{{3, {70, 900, false}}, {5, {90, 1300, true}}},
      none{{3, {500, 900, false}}, {5, {500, 1300, false}}};
  const MeanRecovery mean = mean_recovery(one);
  CHECK(mean.steps.mean == 80);
  CHECK(mean.steps.count == 2);
  CHECK(mean.tokens.mean == 1100);
  CHECK(mean.reached == 1);
  CHECK(recovery_text(mean_recovery(two)) == "80.000 ± 127.060");
  CHECK(recovery_text(mean) == "80.000 ± 127.060 (1 of 2 came back)");
  CHECK(recovery_text(mean_recovery(none)) == "never in 500");
  CHECK(mean_recovery({{1, {1, 2, true}}, {2, {1, 2, true}}, {3, {1, 2, false}}}).reached == 2);
}

TEST_CASE(
    "recovery: a row of a table is its head, then steps, tokens and how many came back; the summary has them too") {
  Analysis analysis;
  const auto json = add_recovery_row(analysis, {"nano", "sgtm"}, {{3, {70, 900, false}}, {5, {90, 1300.4, true}}});
  CHECK(analysis.table ==
        std::vector<std::vector<std::string>>{{"nano", "sgtm", "80.000 ± 127.060", "1100", "1 of 2"}});
  CHECK(json.size() == 3);
  CHECK(json.at("steps").at("mean") == 80);
  CHECK(json.at("forget_tokens").at("mean") == doctest::Approx(1100.2));
  CHECK(json.at("reached") == 1);
}

TEST_CASE("recovery: the figure of a loss has mean curves from the first step on, the goal, and the floor") {
  const Finished a = attacked(1, 1, {{0, 0, 9, 0}, {5, 50, 7, 0.1}, {10, 100, 5, 0.2}}),
                 b = attacked(2, 1, {{0, 0, 8, 0}, {5, 50, 4, 0.3}, {10, 100, 3, 0.4}}),
                 c = attacked(1, 1, {{0, 0, 6, 0}, {2, 20, 5, 0.5}, {40, 400, 4, 0.6}}),
                 d = attacked(1, 1, {{0, 0, 6, 0}, {3, 20, 2, 0.5}, {30, 400, 1, 0.6}});
  const Finished first = unfiltered_with(1, 2), second = unfiltered_with(2, 3);
  const std::vector<AttackedModels> models{
      {"weak", "#111111", {&a, &b}}, {"none", "#222222", {}}, {"sgtm", "#333333", {&c}}, {"strict", "#444444", {&d}}};
  const Figure figure = recovery_figure("title", models, {&first, &second}, loss_goal("", "", 0.5));
  REQUIRE(figure.series.size() == 5);
  CHECK(figure.title == "title");
  CHECK(figure.series[0].title == "weak");
  CHECK(figure.series[0].style.find("#111111") != std::string::npos);
  CHECK(equal(figure.series[0].points, {{5, 5.5}, {10, 4}}));
  CHECK(equal(figure.series[0].errors, {half_of_two(7, 4), half_of_two(5, 3)}));
  CHECK(figure.series[1].title == "sgtm");
  CHECK(equal(figure.series[1].points, {{2, 5}, {40, 4}}));
  CHECK(equal(figure.series[2].points, {{3, 2}, {30, 1}}));
  CHECK(figure.series[3].title == "goal");
  CHECK(equal(figure.series[3].points, {{2, 3}, {40, 3}}));
  CHECK(figure.series[4].title == "floor");
  CHECK(equal(figure.series[4].points, {{2, 0.5}, {40, 0.5}}));
  CHECK(figure.series[0].style.starts_with("yerrorlines"));
  CHECK(figure.settings.find("set logscale xy\n") != std::string::npos);
  CHECK(figure.settings.find("set yrange [0.25:*]\n") != std::string::npos);
  CHECK(figure.x_label == "steps of the attack");
  CHECK(figure.y_label == "held-out forget loss, nats per token");
  CHECK(recovery_figure("", models, {}, loss_goal("", "", 0)).series.size() == 3);  // no goal is known
  CHECK(recovery_figure("", {models[1]}, {&first}, loss_goal("", "", 0)).series.empty());
}

TEST_CASE("recovery: the figure of recall has the looks that asked, from before the attack on, and no floor") {
  const Finished run = attacked(1, 1, {{0, 0, 9, 0.1}, {5, 50, 7, unasked}, {10, 100, 5, 0.7}});
  const Finished none = unfiltered_with(1, 1.5);
  const Goal goal = half_recall();
  const Figure figure = recovery_figure("", {{"sgtm", "#333333", {&run}}}, {&none}, goal);
  REQUIRE(figure.series.size() == 2);
  CHECK(equal(figure.series[0].points, {{0, 0.1}, {10, 0.7}}));
  CHECK(equal(figure.series[1].points, {{0, 0.75}, {10, 0.75}}));
  CHECK(figure.y_label == "r");
  CHECK(figure.settings.empty());
}
