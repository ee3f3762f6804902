#include <fmt/format.h>

#include <algorithm>

#include "eval/recall.hpp"
#include "lab/analysis/field_recall.hpp"
#include "lab/experiments/field_runs.hpp"

namespace sgtm::fields {

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const char* method : field_methods) table.push_back(field_course_run(sizing, method, seed));
  return table;
}

std::vector<PlannedRun> runs_second(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const char* method : field_methods)
      table.push_back(field_run(sizing, sizing.size, method, seed, world_for(sizing, sizing.size, military)));
  return table;
}

/// The recall of the field that the model knows least of.
double least_recall(const Finished& run) {
  double least = 1;
  for (const Recall& known : run.result.recall.at("trained"))
    if (!is_forget_group(known.group)) least = std::min(least, known.accuracy.mean);
  return least;
}

/// By seed, of the recall of the forget field that SGTM's ablated model lacks against the unfiltered one, the share
/// that it lacked before ablation.
std::vector<double> share_not_learned(const Runs& none, const Runs& sgtm) {
  const Measure before = recalled("trained", "forget"), after = recalled("calibrated", "forget");
  std::vector<double> shares;
  for (const auto& [full, cut] : of_equal_seed(none, sgtm))
    if (const double lacking = before(*full) - after(*cut); lacking > 0)
      shares.push_back((before(*full) - before(*cut)) / lacking);
  return shares;
}

void judge_methods(Analysis& analysis, const std::vector<Finished>& all, const std::string& size) {
  const auto none = runs_of(all, size, "none", 0), weak = runs_of(all, size, "weak", 0),
             strict = runs_of(all, size, "strict", 0), sgtm = runs_of(all, size, "sgtm", 0);
  const auto more_than = [&](const auto& others, const Measure& measure) {
    return paired_differences(others, sgtm, measure);
  };
  claim_above(analysis, size + ": the unfiltered model answers 80 % and more of its worst field",
              values(none, least_recall), 0.8);
  claim_above(analysis, size + ": SGTM's forget loss is above the weak filter's",
              more_than(weak, loss("calibrated", "forget")), 0);
  claim_below(analysis, size + ": SGTM's forget loss is below the strict filter's",
              more_than(strict, loss("calibrated", "forget")), 0);
  claim_below(analysis, size + ": SGTM recalls less of the forget field than the weak filter",
              more_than(weak, recalled("calibrated", "forget")), 0);
  claim_below(analysis, size + ": SGTM's adjacent loss is below the strict filter's",
              more_than(strict, loss("calibrated", "adjacent")), 0);
  claim_above(analysis, size + ": SGTM recalls more of the neighbours than the strict filter",
              more_than(strict, recalled("calibrated", "adjacent")), 0);
  claim_above(analysis, size + ": SGTM's general loss is above the weak filter's",
              more_than(weak, loss("calibrated", "retain")), 0);
  claim_above(analysis, size + ": SGTM's adjacent loss is above the weak filter's",
              more_than(weak, loss("calibrated", "adjacent")), 0);
  claim_above(analysis, size + ": most of what SGTM's model does not recall of the field, it did not before ablation",
              share_not_learned(none, sgtm), 0.5);
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = field_analysis(all);
  const std::string& field = all.front().plan.data.encyclopedia.forget.front();
  for (const std::string& size : sizes_in(all)) {
    std::vector<RecallBars> bars;
    for (const std::string& method : methods_in(all, size))
      bars.push_back(recall_bars(method, runs_of(all, size, method, 0)));
    analysis.figures.emplace_back(fmt::format("fields-{}-{}", field, size),
                                  recall_figure(fmt::format("{} forgotten, {}: recall", field, size), bars,
                                                recall_of(one_of(all, size).result, "trained", "forget").chance));
    judge_methods(analysis, all, size);
  }
  return analysis;
}

Experiment experiment() {
  return {
      .name = "fields",
      .figure = "9, left",
      .question = "Biology is to go, its neighbours and all else to stay: what does each method know in the end?",
      .finding =
          "At equal retain loss SGTM forgets more biology than the weak filter, and keeps more of the neighbours than "
          "the strict one.",
      .runs = runs,
      .analyse = analyse,
      .size = "0.25M"};
}

Experiment second_experiment() {
  return {.name = "fields-second",
          .figure = "13",
          .question =
              "What does each method know where military and warfare are to go, with neighbours history, biography, "
              "transportation?",
          .finding = "The same picture as for biology.",
          .runs = runs_second,
          .analyse = analyse,
          .size = "0.25M"};
}

}  // namespace sgtm::fields
