#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>

#include "lab/analysis/recovery.hpp"
#include "lab/experiments/field_runs.hpp"
#include "tests/support/expected_lines.hpp"
#include "tests/support/expected_tables.hpp"
#include "tests/support/laws.hpp"
#include "train/labels.hpp"

using namespace sgtm;

namespace {

Sizing sizing_of(const std::string& size) {
  return {size, 1, false, preset};
}

/// A run that has finished with this loss everywhere, and answers this share of the forget questions right.
Finished made_up(const std::string& method, int seed, double loss, double forget_recall) {
  const BySource losses{{"retain", loss}, {"adjacent", loss}, {"forget", loss}};
  std::vector<Recall> known;
  for (const char* group : {"retain", "adjacent"}) known.push_back({group, 1, 1, {0.9, 0, 0, 1}, {}, 0.1});
  for (const char* group : {"forget", "forget, told nowhere else"})
    known.push_back({group, 1, 1, {forget_recall, 0, 0, 1}, {}, 0.1});
  Finished run{field_run(sizing_of("nano"), method, seed), {}};
  for (const char* state : model_states)
    if (method == "sgtm" || state != std::string("ablated")) run.result.losses[state] = losses;
  run.result.recall = {{"trained", known}, {"calibrated", known}};
  run.result.floor = losses;
  return run;
}

using Points = std::vector<std::pair<double, double>>;  // by step

std::vector<AttackLook> attack(const Points& losses_and_recalls) {
  std::vector<AttackLook> looks;
  for (const auto& [loss, recall] : losses_and_recalls) {
    const auto before = static_cast<Index>(looks.size());
    looks.push_back({10 * before, 500.0 * static_cast<double>(before), loss});
    if (before % 2 == 0) looks.back().recall = recall;
  }
  return looks;
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
  const Analysis analysis = experiment("fields").analyse({made_up("none", 1, 1, 0.9), made_up("none", 2, 1, 0.92),
                                                          made_up("weak", 1, 1.5, 0.5), made_up("weak", 2, 1.6, 0.6),
                                                          made_up("sgtm", 1, 3, 0.1), made_up("sgtm", 2, 3.1, 0.21)});
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
  const SourceCounts documents{8000, 3000, 1000};  // retain, adjacent, forget
  std::map<std::string, double> mistaken;
  for (const PlannedRun& run : experiment("fields-classifier").runs(sizing_of("nano"))) {
    const auto rates = label_rates(run.config.labels, documents);
    const auto taken = [&](Source source) {
      return rates[source][Label::forget] * static_cast<double>(documents[source]);
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
  all[1].result.relearning = attack({{8, 0}, {6, 0}, {4, 0.5}, {2.1, 0}, {1, 0.9}});
  all[2].result.relearning = attack({{8, 0}, {2.1, 0}, {2, 0.5}, {2, 0}, {1, 0.9}});  // 10 steps
  all[3].result.relearning = attack({{8, 0}, {7, 0}, {6, 0.5}, {5, 0}, {2.1, 0.9}});  // 40 steps
  const Analysis analysis = experiment("fields-relearning").analyse(all);
  const auto steps = [&](const char* model) {
    return analysis.summary["nano"][model]["loss"]["steps"]["mean"].get<double>();
  };
  CHECK(steps("sgtm") == doctest::Approx(30));
  CHECK(steps("strict, of SGTM's general loss") == doctest::Approx(0.25 * 40 + 0.75 * 10));
}

TEST_CASE("rmu, fields-rmu: what every setting costs and how long it lasts; one that is never relearned says so") {
  const auto plans = experiment("fields-rmu").runs(sizing_of("nano"));
  std::vector<Finished> all;
  for (const PlannedRun& plan : plans) {
    all.push_back(made_up("rmu", 1, 2, 0.8));
    all.back().plan = plan;
    all.back().result.losses["ablated"] = {{"retain", 2.25}, {"adjacent", 2.5}, {"forget", 9}};
    all.back().result.relearning = attack({{9, 0.1}, {6, 0}, {all.size() == 1 ? 5.0 : 1.0, 0.2}});
  }
  const Analysis analysis = experiment("fields-rmu").analyse(all);
  REQUIRE(analysis.table.size() == 1 + plans.size());
  CHECK(analysis.table[1][2] == "0.250");
  CHECK(analysis.table[1][7] == "never in 20");
  CHECK(analysis.table[2][7] == "17.800");  // 6 - 0.5 (steps - 10) = 2.1
  CHECK(analysis.table[2][9] == "never in 20");
  CHECK(analysis.summary["settings"][0]["forget loss"]["mean"] == 9);
  const Analysis on_stories = experiment("rmu").analyse(all);
  REQUIRE(on_stories.table.size() == analysis.table.size());
  CHECK(on_stories.table[2] == std::vector<std::string>{"nano", all[1].plan.method, "0.250", "9.000", "17.800"});
}

TEST_CASE("fields-tradeoff: losses through training, and the floor") {
  const Scene fields("fields-tradeoff");
  for (const auto& [x, y] : {std::pair{"retain", "forget"}, {"adjacent", "forget"}, {"retain", "adjacent"}}) {
    std::vector<ExpectedSeries> lines;
    for (const char* method : {"none", "weak", "strict", "sgtm"})  // the untrained model is far away
      lines.push_back({method, Bars::y, losses_on_the_way(fields.table.runs(method), x, y, 1)});
    lines.push_back(fields.floor_point(x, y));
    check_figure(fields.analysis, fmt::format("fields-tradeoff-0.25M-{}-{}", x, y), lines,
                 "set xrange [*:*] reverse\n");
  }
  CHECK(fields.analysis.figures.size() == 3);
}

TEST_CASE("fields-relearning: attacked models, what they are to reach, and the floor") {
  const Scene fields("fields-relearning");
  for (const auto& [goal, aim] :
       {std::pair{"loss", loss_back(0.1)}, {"half-recall", recall_back(0.5)}, {"recall", recall_back(0.9)}})
    check_figure(
        fields.analysis, fmt::format("fields-relearning-{}-0.25M", goal),
        attacks(fields, {{"weak", "weak", 0}, {"strict", "strict", 0}, {"sgtm", "sgtm", 0}, {"rmu", "rmu", 0}}, aim),
        goal == std::string("loss") ? attack_axes : "");
  CHECK(fields.analysis.figures.size() == 3);
}

TEST_CASE("fields-classifier: a line per method and false positive rate against the true positive rate") {
  const std::string axis = "set xrange [0.45:1.05]\n";
  const Scene fields("fields-classifier");
  for (const std::string from : {"all", "neighbours"})
    for (const std::string group : {"forget", "adjacent", "retain"})
      check_figure(fields.analysis, fmt::format("fields-classifier-{}-{}-0.25M", from, group),
                   grid(
                       fields.table, {"weak", "sgtm"},
                       [&](const std::string& method, double missed, double fpr) {
                         return fmt::format("{}, TPR {:g}, FPR {:g}{}", method, 1 - missed, fpr,
                                            fpr > 0 ? " from " + from : "");
                       },
                       known("calibrated", group)),
                   axis + "set yrange [0:1.05]\nset key outside\n");
  CHECK(fields.analysis.figures.size() == 6);
}

TEST_CASE("fields-dual, fields-rmu: forget loss after ablation against before it; what unlearning costs") {
  const Scene dual("fields-dual");
  std::vector<ExpectedSeries> points;
  for (const char* method : {"none", "weak", "everything masked", "joint embeddings", "joint projections",
                             "joint embeddings and projections"})
    points.push_back({method,
                      Bars::both,
                      {{dual.table.of(method, 0, lost("trained", "forget")),
                        dual.table.of(method, 0, lost("calibrated", "forget"))}}});
  points.push_back(dual.floor_point("forget", "forget"));
  check_figure(dual.analysis, "fields-dual-0.25M", points);
  const Scene rmu("fields-rmu");
  check_figure(rmu.analysis, "fields-rmu-0.25M", unlearned(rmu.table));
}

TEST_CASE("entanglement, fields, fields-second: recall by how much is told elsewhere, and by source") {
  const Scene entangled("entanglement");
  std::vector<ExpectedSeries> lines;
  for (const std::string method : {"none", "weak", "strict", "sgtm"}) {
    lines.push_back({method, Bars::y, {}});
    for (const double share : {0.0, 0.57, 1.0})
      lines.back().points.push_back({{share},
                                     entangled.table.of(fmt::format("{}, {:g} % told elsewhere", method, 100 * share),
                                                        0, known("calibrated", "forget"))});
  }
  check_figure(entangled.analysis, "entanglement-0.25M", lines, "set xrange [-0.05:1.05]\nset yrange [0:1.05]\n");

  for (const std::string name : {"fields", "fields-second"}) {
    const Scene fields(name);
    lines.clear();
    const std::vector<std::string> methods{"none", "weak", "strict", "sgtm"};
    for (const auto& [title, group, x] :
         {std::tuple{"general", "retain", -0.25}, {"adjacent", "adjacent", 0.0}, {"forget", "forget", 0.25}}) {
      lines.push_back({title, Bars::y, {}});
      for (std::size_t m = 0; m < 4; ++m)
        lines.back().points.push_back(
            {{static_cast<double>(m) + x}, fields.table.of(methods[m], 0, known("calibrated", group))});
    }
    const double chance = recall_of(fields.all[0].result, "trained", "forget").chance;
    lines.push_back({"chance", Bars::none, {{{-0.5}, {chance}}, {{3.5}, {chance}}}});
    check_figure(fields.analysis, name == "fields" ? "fields-biology-0.25M" : "fields-military-0.25M", lines,
                 "set yrange [0:1.05]\nset key outside top center horizontal\nset boxwidth 0.22\n" +
                     named_tics("x", methods, 1));
  }
}

TEST_CASE("fields-compute: a figure for each kind of knowledge") {
  const Scene scene("fields-compute", put_on_a_law);
  std::vector<std::string> names;
  for (const auto& [name, figure] : scene.analysis.figures) names.push_back(name);
  CHECK(names ==
        std::vector<std::string>{"fields-compute-general", "fields-compute-adjacent", "fields-compute-forget"});
}

TEST_CASE("tables of fields: rows before and after ablation, losses and recall by source and by who tells it") {
  for (const char* name :
       {"fields", "fields-second", "fields-tradeoff", "fields-dual", "fields-classifier", "entanglement"})
    check_field_table(name);
}

TEST_CASE("fields-relearning: rows for four models and two matched filters, until three goals") {
  const Scene scene("fields-relearning");
  std::vector<Cells> rows;
  for (const auto& [name, words, aim] : {std::tuple{"loss", "the forget loss", loss_back(0.1)},
                                         {"half-recall", "half of the answers", recall_back(0.5)},
                                         {"recall", "nine tenths of the answers", recall_back(0.9)}}) {
    const auto add = [&, name = name, words = words](const std::string& title, const std::vector<Back>& found) {
      Numbers steps, tokens;
      int reached = 0;
      for (const Back& b : found) steps.push_back(b.steps), tokens.push_back(b.tokens), reached += b.reached;
      rows.push_back({"0.25M", title, words, text_of(steps), fmt::format("{:.0f}", interval_of(tokens).mean),
                      fmt::format("{} of 3", reached)});
      check_entry(scene.analysis.summary["0.25M"][title][name]["steps"], steps);
    };
    for (const char* method : {"weak", "strict", "sgtm", "rmu"}) add(method, backs(scene.table, method, 0, aim));
    for (const std::string filter : {"weak", "strict"})
      add(filter + ", of SGTM's general loss", matched_backs(scene.table, filter, 0, 0, aim));
  }
  CHECK(std::vector<Cells>(scene.analysis.table.begin() + 1, scene.analysis.table.end()) == rows);
}

TEST_CASE("rmu, fields-rmu: columns of what rises, of what is left, and of steps until each goal") {
  const auto rises = [](const char* source) {
    return [=](const Finished& run) { return lost("ablated", source)(run) - lost("trained", source)(run); };
  };
  for (const std::string name : {"rmu", "fields-rmu"}) {
    const Scene scene(name);
    std::vector<Reading> columns{rises("retain"), lost("ablated", "forget")};
    if (name == "fields-rmu")
      columns = {rises("retain"), rises("adjacent"), lost("ablated", "forget"), known("ablated", "retain"),
                 known("ablated", "forget")};
    std::size_t row = 1;
    for (const char* rate : {"0.03", "0.1", "0.3", "1", "3"})
      for (const char* strength : {"4", "16", "64"}) {
        const std::string method = fmt::format("rate {} of training's, strength {}", rate, strength);
        const Cells& cells = scene.analysis.table.at(row);
        CHECK(cells[1] == method);
        for (std::size_t c = 0; c < columns.size(); ++c) {
          const Numbers numbers = scene.table.of(method, 0, columns[c]);
          CHECK(cells.at(2 + c) == text_of(numbers));
          check_entry(scene.analysis.summary["settings"][row - 1].at(scene.analysis.table[0][2 + c]), numbers);
        }
        ++row;
      }
    CHECK(scene.analysis.table.size() == row);
  }
}

TEST_CASE("fields-compute: what each method wastes on each kind of knowledge") {
  const Scene scene("fields-compute", put_on_a_law);
  std::size_t row = 1;
  for (const std::string size : {"0.1M", "0.25M"}) {
    CHECK(scene.analysis.table.at(row++)[1] == "standard, by the law");
    for (const char* method : {"weak", "strict", "sgtm"}) {
      Cells cells{size, method, "3"};
      for (const char* source : {"retain", "adjacent", "forget"})
        cells.push_back(text_of(wasted({scene.all, size}, method, 0, source)));
      CHECK(scene.analysis.table.at(row++) == cells);
    }
  }
}
