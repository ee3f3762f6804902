#include "lab/analysis/field_recall.hpp"

#include <doctest/doctest.h>

#include "lab/analysis/loss_figures.hpp"
#include "tests/support/made_up_run.hpp"
#include "tests/support/points.hpp"

using namespace sgtm;

namespace {

std::vector<Recall> accuracies(const std::vector<std::pair<const char*, double>>& groups, double factor) {
  std::vector<Recall> known;
  for (const auto& [group, accuracy] : groups) known.push_back({group, 1, 1, {accuracy * factor, 0, 0, 1}, {}, 0.01});
  return known;
}

/// A run with this recall after calibration, by group; before ablation it was twice that, ablated half of it.
Finished asked(Finished run, const std::vector<std::pair<const char*, double>>& groups) {
  run.result.recall = {{"trained", accuracies(groups, 2)}, {"calibrated", accuracies(groups, 1)}};
  if (!run.result.losses["ablated"].empty()) run.result.recall["ablated"] = accuracies(groups, 0.5);
  return run;
}

const char *nowhere = "forget, told nowhere else", *in_adjacent = "forget, told also in adjacent",
           *in_retain = "forget, told also in retain";

Finished split(std::uint64_t seed, const OfSources& losses, double retain, double forget) {
  return asked(made_up_run("nano", "sgtm", 0, seed, losses), {{"retain", retain},
                                                              {"adjacent", 0.4},
                                                              {"forget", forget},
                                                              {nowhere, 0.05},
                                                              {in_adjacent, 0.15},
                                                              {in_retain, 0.35}});
}
Finished weak(const char* size, double undiscovered = 0) {
  return asked(undivided(made_up_run(size, "weak", undiscovered, 1, {1, 2, 3})),
               {{"retain", 0.3}, {"adjacent", 0.25}, {"forget", 0.2}});
}

}  // namespace

TEST_CASE("field recall: by state and group; what is not split recalls ablated what it did trained") {
  const Finished run = split(1, {1, 2, 3}, 0.5, 0.1);
  CHECK(recalled("trained", "retain")(run) == 1);
  CHECK(recalled("ablated", "retain")(run) == 0.25);
  CHECK(recalled("calibrated", "retain")(run) == 0.5);
  CHECK(recalled("calibrated", "forget")(run) == 0.1);
  CHECK(recalled("calibrated", in_retain)(run) == 0.35);
  CHECK(recalled("ablated", "forget")(weak("nano")) == 0.4);
  CHECK(recalled("calibrated", "forget")(weak("nano")) == 0.2);
}

TEST_CASE("field recall: the goal is a share of what the unfiltered model recalls of forget facts after training") {
  const Goal goal = recall_goal("half", "half of it", 0.5);
  CHECK(goal.of_unfiltered(split(1, {1, 2, 3}, 0.5, 0.3)) == doctest::Approx(0.3));
  CHECK(goal.of_unfiltered(weak("nano")) == doctest::Approx(0.2));
  CHECK(recall_goal("", "", 0.25).of_unfiltered(weak("nano")) == doctest::Approx(0.1));
  CHECK(goal.name == std::string("half"));
  CHECK(goal.words == std::string("half of it"));
  CHECK(goal.rising);
}

TEST_CASE(
    "field recall: the table has losses and recall before and after ablation, and what was not asked stays empty") {
  const std::vector<Finished> all{split(1, {1, 2, 6}, 0.5, 0.1), weak("nano"), split(2, {3, 2, 8}, 0.4, 0.3),
                                  weak("micro", 0.1)};
  const Analysis analysis = field_analysis(all);
  CHECK(analysis.table ==
        std::vector<std::vector<std::string>>{
            {"size", "method", "state", "seeds", "loss, general", "loss, adjacent", "loss, forget", "recall, general",
             "recall, adjacent", "recall, forget", "told nowhere else", "also in adjacent", "also in general"},
            {"nano", "sgtm", "before", "2", "5.000 ± 25.412", "5.000 ± 0.000", "15.000 ± 25.412", "0.900 ± 1.271",
             "0.800 ± 0.000", "0.400 ± 2.541", "0.100 ± 0.000", "0.300 ± 0.000", "0.700 ± 0.000"},
            {"nano", "sgtm", "after", "2", "2.000 ± 12.706", "2.000 ± 0.000", "7.000 ± 12.706", "0.450 ± 0.635",
             "0.400 ± 0.000", "0.200 ± 1.271", "0.050 ± 0.000", "0.150 ± 0.000", "0.350 ± 0.000"},
            {"nano", "weak", "calibrated", "1", "1.000", "2.000", "3.000", "0.300", "0.250", "0.200", "", "", ""},
            {"micro", "weak", "calibrated", "1", "1.000", "2.000", "3.000", "0.300", "0.250", "0.200", "", "", ""}});
  const auto& methods = analysis.summary.at("methods");
  REQUIRE(methods.size() == 4);
  CHECK(methods[0].at("state") == "before");
  CHECK(methods[1].at("method") == "sgtm");
  CHECK(methods[3].at("size") == "micro");
  CHECK(methods[1].at("loss").at("forget").at("mean") == 7);
  CHECK(methods[1].at("loss").at("general").at("mean") == 2);
  CHECK(methods[1].at("recall").at("forget").at("mean") == doctest::Approx(0.2));
  CHECK(methods[0].at("recall").at("also in general").at("mean") == doctest::Approx(0.7));
  CHECK(methods[1].at("recall").size() == 6);
  CHECK(methods[2].at("recall").size() == 3);
}

TEST_CASE("field recall: a cell stays empty where one of the seeds was not asked, or nobody was") {
  Finished one = split(1, {1, 2, 6}, 0.5, 0.1), other = split(2, {3, 2, 8}, 0.4, 0.3);
  for (auto& [state, known] : other.result.recall)
    std::erase_if(known, [](const Recall& of) { return of.group == nowhere; });
  const auto row = field_analysis({one, other}).table[2];
  CHECK(row[9] == "0.200 ± 1.271");
  CHECK(row[10] == "");
  CHECK(row[11] == "0.150 ± 0.000");
  other.result.recall.clear();
  CHECK(field_analysis({one, other}).table[2][9] == "");
}

TEST_CASE("field recall: bars of what is recalled after calibration, by source and model, and the line of chance") {
  const Finished first = split(1, {1, 2, 6}, 0.5, 0.1), second = split(2, {3, 2, 8}, 0.4, 0.3), other = weak("nano");
  const RecallBars bars = recall_bars("SGTM", {&first, &second});
  CHECK(bars.model == "SGTM");
  REQUIRE(bars.by_source.size() == 3);
  CHECK(equal(bars.by_source[0].mean, 0.45));
  CHECK(equal(bars.by_source[1].mean, 0.4));
  CHECK(equal(bars.by_source[2].mean, 0.2));
  const Figure figure = recall_figure("title", {bars, recall_bars("filter", {&other})}, 0.125);
  REQUIRE(figure.series.size() == 4);
  CHECK(figure.title == "title");
  CHECK(figure.series[0].title == "general");
  CHECK(equal(figure.series[0].points, {{-0.25, 0.45}, {0.75, 0.3}}));
  CHECK(equal(figure.series[0].errors, {half_of_two(0.5, 0.4), 0}));
  CHECK(figure.series[1].title == "adjacent");
  CHECK(equal(figure.series[1].points, {{0, 0.4}, {1, 0.25}}));
  CHECK(figure.series[2].title == "forget");
  CHECK(equal(figure.series[2].points, {{0.25, 0.2}, {1.25, 0.2}}));
  CHECK(figure.series[3].title == "chance");
  CHECK(equal(figure.series[3].points, {{-0.5, 0.125}, {1.5, 0.125}}));
  CHECK(figure.settings.find("set xtics ('SGTM' 0, 'filter' 1)\n") != std::string::npos);
  CHECK(figure.settings.find("set yrange [0:1.05]\n") != std::string::npos);
  CHECK(figure.y_label == "share of questions answered right");
  for (std::size_t s = 0; s < 3; ++s) CHECK(figure.series[s].style.starts_with("boxerrorbars"));
}
