#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <functional>
#include <map>

#include "analysis/recovery.hpp"
#include "cli/commands.hpp"
#include "core/named.hpp"
#include "experiments/field_runs.hpp"
#include "sgtm/labels.hpp"
#include "tests/support/verdicts.hpp"

using namespace sgtm;

namespace {

Sizing sizing_of(const std::string& size) {
  return {size, 1, false, [](const std::string& name) { return parse_settings({"--preset", name}); }};
}

/// A run that has finished with this loss everywhere, and answers this share of the forget questions right.
Finished made_up(const std::string& method, int seed, double loss, double forget_recall) {
  const nlohmann::ordered_json losses{{"retain", loss}, {"adjacent", loss}, {"forget", loss}}, nothing;
  nlohmann::ordered_json known;
  for (const char* group : {"retain", "adjacent"}) known[group] = {{"accuracy", 0.9}, {"chance", 0.1}};
  for (const char* group : {"forget", "forget, told nowhere else"})
    known[group] = {{"accuracy", forget_recall}, {"chance", 0.1}};
  Finished run{field_run(sizing_of("nano"), method, seed), {}};
  run.result = {{"losses", {{"trained", losses}, {"ablated", losses}, {"calibrated", losses}}},
                {"recall", {{"trained", known}, {"calibrated", known}}},
                {"floor", losses}};
  if (method != "sgtm") run.result["losses"]["ablated"] = {{"retain", nothing}, {"forget", nothing}};
  return run;
}

/// What a made-up run is to have: calibrated losses, and the share of forget questions answered right by where else the
/// facts are told.
struct Known {
  double retain = 1, adjacent = 1, forget = 1, nowhere = 0.1, in_adjacent = 0.1, in_retain = 0.1;
  double forget_before = 1, recall_before = 0.9;  // ablation
};

/// What an experiment says of its whole table, were its runs such.
Analysis analysis_of(const char* experiment, const std::string& size,
                     const std::function<Known(const PlannedRun&)>& of) {
  Sizing sizing = sizing_of(size);
  sizing.seeds = 2;
  std::vector<Finished> all;
  for (const PlannedRun& plan : named(experiments(), experiment, "experiment").runs(sizing)) {
    const Known k = of(plan);
    const nlohmann::ordered_json losses{{"retain", k.retain}, {"adjacent", k.adjacent}, {"forget", k.forget}};
    nlohmann::ordered_json recall;
    for (const auto& [group, share] : {std::pair{"retain", 0.9},
                                       {"adjacent", 0.9},
                                       {"forget", (k.nowhere + k.in_adjacent + k.in_retain) / 3},
                                       {"forget, told nowhere else", k.nowhere},
                                       {"forget, told also in adjacent", k.in_adjacent},
                                       {"forget, told also in retain", k.in_retain}})
      recall[group] = {{"accuracy", share}, {"chance", 0.1}};
    nlohmann::ordered_json losses_before = losses, recall_before = recall;
    losses_before["forget"] = k.forget_before;
    recall_before["forget"]["accuracy"] = k.recall_before;
    all.push_back({plan,
                   {{"losses", {{"trained", losses_before}, {"ablated", losses}, {"calibrated", losses}}},
                    {"recall", {{"trained", recall_before}, {"ablated", recall}, {"calibrated", recall}}},
                    {"floor", {{"retain", nullptr}, {"adjacent", nullptr}, {"forget", nullptr}}},
                    {"tokens", {{"retain", {{"retain", plan.config.tokens}}}}},
                    {"parameters", Layout(plan.config.model).parameters()}}});
  }
  return named(experiments(), experiment, "experiment").analyse(all);
}

using Points = std::vector<std::pair<double, double>>;  // by step

nlohmann::ordered_json attack(const Points& losses_and_recalls) {
  nlohmann::ordered_json curve = nlohmann::ordered_json::array();
  for (const auto& [loss, recall] : losses_and_recalls) {
    curve.push_back({{"step", 10 * curve.size()}, {"forget_tokens", 500 * curve.size()}, {"forget", loss}});
    if (curve.size() % 2 == 1) curve.back()["recall"] = recall;
  }
  return curve;
}

}  // namespace

TEST_CASE("fields: a world leaves 150 questions on facts told nowhere else, and on those that neighbours tell") {
  for (const ForgetField* field : {&biology, &military}) {
    std::map<std::string, int> questions;
    const RunData world = world_for(sizing_of("0.25M"), "0.25M", *field);
    for (const Question& q : make_encyclopedia(world.encyclopedia).questions.questions)
      if (q.source == "forget") ++questions[q.told_also];
    CHECK(questions[""] >= 150);
    CHECK(questions["adjacent"] >= 150);
  }
}

TEST_CASE("fields: filters replace what they drop, SGTM knows a tenth of the other labels and masks embeddings") {
  const auto config = [](const char* method) { return field_run(sizing_of("nano"), method, 1).config; };
  CHECK(config("none").filter == "none");
  for (const char* filter : {"weak", "strict"}) {
    CHECK(config(filter).filter == filter);
    CHECK(config(filter).strategy == "none");
    CHECK(config(filter).refill);
  }
  CHECK(config("sgtm").strategy == "sgtm");
  CHECK(config("sgtm").split.mask_embeddings);
  CHECK(config("sgtm").labels.retain_labeled == 0.1);
}

TEST_CASE("fields: the table has a row before and after ablation, and verdicts go seed by seed") {
  const Analysis analysis =
      named(experiments(), "fields", "experiment")
          .analyse({made_up("none", 1, 1, 0.9), made_up("none", 2, 1, 0.92), made_up("weak", 1, 1.5, 0.5),
                    made_up("weak", 2, 1.6, 0.6), made_up("sgtm", 1, 3, 0.1), made_up("sgtm", 2, 3.1, 0.21)});
  REQUIRE(analysis.table.size() == 5);
  CHECK(analysis.table[3][2] == "before");
  CHECK(analysis.table[4][2] == "after");
  CHECK(analysis.table[4][9].starts_with("0.155"));
  const auto verdict = [&](const std::string& of) -> double {
    for (const Verdict& v : analysis.verdicts)
      if (v.claim.find(of) != std::string::npos) return (v.low + v.high) / 2;
    return NAN;
  };
  CHECK(verdict("SGTM recalls less of the forget field") == doctest::Approx(-0.395));
  CHECK(verdict("forget loss is above the weak") == doctest::Approx(1.5));
  CHECK(verdict("worst field") == doctest::Approx(0.9));
}

TEST_CASE("fields-classifier: false positives are as many from neighbours as from all, and only there") {
  const SourceCounts documents{3000, 8000, 1000};  // adjacent, retain, forget: as counted below
  std::map<std::string, double> mistaken;
  for (const PlannedRun& run : named(experiments(), "fields-classifier", "experiment").runs(sizing_of("nano"))) {
    SourceCounts counts{};
    counts[static_cast<std::size_t>(Source::forget)] = documents[2];
    counts[static_cast<std::size_t>(Source::adjacent)] = documents[0];
    counts[static_cast<std::size_t>(Source::retain)] = documents[1];
    const auto rates = label_rates(run.config.labels, counts);
    const auto taken = [&](Source source) {
      const auto s = static_cast<std::size_t>(source);
      return rates[s][static_cast<std::size_t>(Label::forget)] * static_cast<double>(counts[s]);
    };
    mistaken[run.method] = taken(Source::adjacent) + taken(Source::retain);
    if (run.method.ends_with("neighbours")) CHECK(taken(Source::retain) == 0);
  }
  CHECK(mistaken.at("sgtm, TPR 0.5, FPR 0.2 from all") == doctest::Approx(0.2 * 11000));
  CHECK(mistaken.at("sgtm, TPR 0.5, FPR 0.2 from neighbours") == doctest::Approx(0.2 * 11000));
  CHECK(mistaken.at("weak, TPR 0.8, FPR 0") == 0);
}

TEST_CASE("fields-relearning: a filter of SGTM's general loss lies between its half and its whole run") {
  std::vector<Finished> all{made_up("none", 1, 2, 0.8), made_up("sgtm", 1, 2.5, 0.1), made_up("strict", 1, 2, 0.1),
                            made_up("strict", 1, 4, 0.1)};
  all[3].plan.method = "strict, 0.5 of the tokens";
  all[1].result["relearning"] = attack({{8, 0}, {6, 0}, {4, 0.5}, {2.1, 0}, {1, 0.9}});
  all[2].result["relearning"] = attack({{8, 0}, {2.1, 0}, {2, 0.5}, {2, 0}, {1, 0.9}});  // 10 steps
  all[3].result["relearning"] = attack({{8, 0}, {7, 0}, {6, 0.5}, {5, 0}, {2.1, 0.9}});  // 40 steps
  const Analysis analysis = named(experiments(), "fields-relearning", "experiment").analyse(all);
  const auto steps = [&](const char* model) {
    return analysis.summary["nano"][model]["loss"]["steps"]["mean"].get<double>();
  };
  CHECK(steps("sgtm") == doctest::Approx(30));
  CHECK(steps("strict, of SGTM's general loss") == doctest::Approx(0.25 * 40 + 0.75 * 10));
}

TEST_CASE("rmu, fields-rmu: what every setting costs and how long it lasts; one that is never relearned says so") {
  const auto plans = named(experiments(), "fields-rmu", "experiment").runs(sizing_of("nano"));
  std::vector<Finished> all;
  for (const PlannedRun& plan : plans) {
    all.push_back(made_up("rmu", 1, 2, 0.8));
    all.back().plan = plan;
    all.back().result["losses"]["ablated"] = {{"retain", 2.25}, {"adjacent", 2.5}, {"forget", 9}};
    all.back().result["relearning"] = attack({{9, 0.1}, {6, 0}, {all.size() == 1 ? 5.0 : 1.0, 0.2}});
  }
  const Analysis analysis = named(experiments(), "fields-rmu", "experiment").analyse(all);
  REQUIRE(analysis.table.size() == 1 + plans.size());
  CHECK(analysis.table[1][2] == "0.250");
  CHECK(analysis.table[1][7] == "never in 20");
  CHECK(analysis.table[2][7] == "17.800");  // 6 - 0.5 (steps - 10) = 2.1
  CHECK(analysis.table[2][9] == "never in 20");
  CHECK(analysis.summary["settings"][0]["forget loss"]["mean"] == 9);
  const Analysis on_stories = named(experiments(), "rmu", "experiment").analyse(all);
  REQUIRE(on_stories.table.size() == analysis.table.size());
  CHECK(on_stories.table[2] == std::vector<std::string>{"nano", all[1].plan.method, "0.250", "9.000", "17.800"});
}

TEST_CASE("fields-second, fields-dual: what the table's own runs say") {
  const Analysis second = analysis_of("fields-second", "nano", [](const PlannedRun& plan) {
    return plan.method == "sgtm" ? Known{.forget = 5} : Known{.forget = 3};
  });
  CHECK(second.figures.front().first == "fields-military-nano");
  CHECK(outcome(second, "forget loss is above the weak filter's") == "shows, 2.00");

  const Analysis dual = analysis_of("fields-dual", "nano", [](const PlannedRun& plan) {
    if (plan.method == "everything masked") return Known{.forget = 6, .forget_before = 2.5, .recall_before = 0.3};
    if (plan.method == "joint embeddings") return Known{1.5, 1, 2, 0.7, 0.7, 0.7, 1.25, 0.95};
    return Known{};
  });
  CHECK(outcome(dual, "joint embeddings: after ablation it recalls at most 5") == "does not show, 0.60");
  CHECK(outcome(dual, "everything masked: before ablation it recalls 80 %") == "does not show, 0.30");
  CHECK(outcome(dual, "joint embeddings: before ablation it recalls 80 %") == "shows, 0.95");
  CHECK(outcome(dual, "joint embeddings: the full model is better") == "shows, -1.25");
  CHECK(outcome(dual, "joint embeddings: its general loss") == "shows, 0.50");
  CHECK(outcome(dual, "joint embeddings: after ablation it has forgotten less") == "shows, -4.00");
}

TEST_CASE("entanglement: what leaks through whom") {
  const Analysis analysis = analysis_of("entanglement", "nano", [](const PlannedRun& plan) {
    if (plan.method.starts_with("strict")) return Known{.in_retain = 0.5};
    return Known{.in_adjacent = plan.method.ends_with("100 % told elsewhere") ? 0.7 : 0.4};
  });
  CHECK(outcome(analysis, "strict recalls what other fields tell") == "shows, 0.40");
  CHECK(outcome(analysis, "strict recalls what neighbours tell") == "can't tell, 0.00");
  CHECK(outcome(analysis, "weak recalls what neighbours tell") == "shows, 0.30");
  CHECK(outcome(analysis, "sgtm recalls more of biology where all") == "shows, 0.10");
  CHECK(analysis.figures.front().second.series.size() == 4);
}

TEST_CASE("fields-classifier: verdicts over the cells, and what neighbours suffer where they are mistaken") {
  const Analysis analysis = analysis_of("fields-classifier", "nano", [](const PlannedRun& plan) {
    Known k{.retain = plan.config.labels.undiscovered == 0.5 ? 1.0 : 2.0, .forget = 3};
    if (!plan.method.starts_with("sgtm")) return Known{};
    if (plan.method.ends_with("neighbours")) k.adjacent = 4;
    return k;
  });
  CHECK(outcome(analysis, "all, over cells: where TPR < 1, SGTM's forget loss") == "shows, 2.00");
  CHECK(outcome(analysis, "adjacent loss is higher where false positives are neighbours'") == "shows, 3.00");
  CHECK(outcome(analysis, "price in general loss is smaller") == "can't tell, -0.38");  // smaller in three of eight
}

TEST_CASE("fields-compute: the penalty of a model as good as a standard one of a part of its compute") {
  const Analysis analysis = analysis_of("fields-compute", "0.25M", [](const PlannedRun& plan) {
    const double flops = 6 * plan.config.tokens * static_cast<double>(Layout(plan.config.model).parameters());
    const auto of_share = [&](double share) { return 100 * std::pow(share * flops, -0.1); };
    Known k{of_share(1), of_share(1), of_share(1)};
    if (plan.method == "sgtm") k.retain = of_share(0.5), k.adjacent = of_share(0.75), k.forget = of_share(0.01);
    if (plan.method == "strict") k.adjacent = of_share(0.25);
    return k;
  });
  CHECK(outcome(analysis, "penalty on general knowledge is below 20 %") == "does not show, 50.00");
  CHECK(outcome(analysis, "on forget data it is above 90 %") == "shows, 99.00");
  CHECK(outcome(analysis, "on general knowledge it is above the weak") == "shows, 50.00");
  CHECK(outcome(analysis, "on the neighbours it is below the strict") == "shows, -50.00");
}
