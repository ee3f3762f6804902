#include <fmt/format.h>

#include "lab/analysis/loss_figures.hpp"
#include "lab/experiments/field_runs.hpp"

namespace sgtm::fields_relearning {

constexpr const char* attacked_methods[] = {"weak", "strict", "sgtm", "rmu"};
constexpr double tolerance = 60;  // steps: one look at the loss of an attacked model, half a look at its recall
/// Those that train on half of the tokens too: with their whole runs these bracket SGTM's general loss.
constexpr const char* filters[] = {"weak", "strict"};

/// Of fields-rmu's settings that cost less than a tenth of a nat, the one whose model relearned most slowly.
constexpr RmuSetting slowest_to_relearn{1, 16};

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed) {
    for (const char* method : field_methods) table.push_back(field_course_run(sizing, method, seed));
    table.push_back(field_unlearned(sizing, seed, slowest_to_relearn));
    for (const char* filter : filters)
      table.push_back(with_budget(attacked(sizing, field_run(sizing, filter, seed), field_attack_steps), 0.5));
  }
  return table;
}

/// Steps of a filter whose general loss is SGTM's.
Recoveries matched(const std::vector<Finished>& all, const std::string& size, const char* filter, const Goal& goal) {
  const auto of = [&](const std::string& method) { return runs_of(all, size, method, 0); };
  return matched_recoveries(of(budget_name(filter, 0.5)), of(filter), of("sgtm"), of("none"), goal);
}

void add_row(Analysis& analysis, const std::string& size, const std::string& title, const Goal& goal,
             const Recoveries& recovered) {
  if (!recovered.empty())
    analysis.summary[size][title][goal.name] = add_recovery_row(analysis, {size, title, goal.words}, recovered);
}

void judge_goal(Analysis& analysis, const std::vector<Finished>& all, const std::string& size, const Goal& goal) {
  const auto none = runs_of(all, size, "none", 0);
  const auto of = [&](const char* method) { return recoveries(runs_of(all, size, method, 0), none, goal); };
  const std::string until = fmt::format("until {} {} back", goal.words, goal.rising ? "are" : "is");
  const auto sgtm = of("sgtm");
  for (const auto& [method, title] :
       {std::pair{"weak", "the weak filter"}, {"strict", "the strict filter"}, {"sgtm", "SGTM"}})
    claim_above(analysis, fmt::format("{}: {}, {} takes more steps than RMU", size, until, title),
                more_steps(of(method), of("rmu")), 0);
  claim_above(analysis,
              fmt::format("{}: {}, SGTM takes no fewer than the strict filter (by {} steps)", size, until, tolerance),
              more_steps(sgtm, of("strict")), -tolerance);
  claim_above(analysis,
              fmt::format("{}: {}, SGTM takes no fewer than the strict filter of its own general loss (by {} steps)",
                          size, until, tolerance),
              more_steps(sgtm, matched(all, size, "strict", goal)), -tolerance);
  claim_above(analysis,
              fmt::format("{}: {}, SGTM takes more than the weak filter of its own general loss", size, until),
              more_steps(sgtm, matched(all, size, "weak", goal)), 0);
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis;
  analysis.table = {{"size", "model", "until", "steps", "forget tokens", "reached"}};
  for (const std::string& size : sizes_in(all)) {
    const auto none = runs_of(all, size, "none", 0);
    std::vector<AttackedModels> lines;
    for (const char* method : attacked_methods)
      lines.push_back({method, colour_of(method), runs_of(all, size, method, 0)});
    for (const Goal& goal : field_goals()) {
      for (const AttackedModels& line : lines)
        add_row(analysis, size, line.title, goal, recoveries(line.runs, none, goal));
      for (const char* filter : filters)
        add_row(analysis, size, fmt::format("{}, of SGTM's general loss", filter), goal,
                matched(all, size, filter, goal));
      analysis.figures.emplace_back(
          fmt::format("fields-relearning-{}-{}", goal.name, size),
          recovery_figure(fmt::format("Relearning biology, {}: means over seeds", size), lines, none, goal));
      judge_goal(analysis, all, size, goal);
    }
  }
  return analysis;
}

Experiment experiment() {
  return {
      .name = "fields-relearning",
      .figure = "6a, 12",
      .question = "How soon does biology come back, as loss and as answers, when the model is trained on it again?",
      .finding =
          "Until the unfiltered model's forget loss: RMU 50 steps, weak filter 325, strict filter and SGTM 350; the "
          "same against filters of SGTM's retain loss.",
      .runs = runs,
      .analyse = analyse,
      .size = "0.25M"};
}

}  // namespace sgtm::fields_relearning
