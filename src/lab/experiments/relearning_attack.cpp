#include <fmt/format.h>

#include "lab/experiments/method_runs.hpp"

namespace sgtm::relearning_attack {

constexpr NamedMethod models[] = {{"perfect filter", "filter", 0},
                                  {"filter, 20 % missed", "filter", 0.2},
                                  {"sgtm, all labeled", "sgtm", 0},
                                  {"sgtm, 20 % missed", "sgtm", 0.2},
                                  {"rmu", "rmu", 0}};

/// Filters that train on half of the tokens too: with their whole runs these bracket SGTM's English.
constexpr NamedMethod filters[] = {models[0], models[1]};

/// Of a filter's model whose English is as good as that of SGTM with 20 % missed.
std::string matched_title(const NamedMethod& filter) {
  return fmt::format("{}, of SGTM's English", filter.title);
}

/// Of rmu's settings that cost less than a tenth of a nat, the one whose model relearned most slowly.
constexpr RmuSetting slowest_to_relearn{3, 4};

/// More than training has: what is to come back last takes as long.
constexpr Index attack_steps = 5000;
constexpr double one_look = attack_steps / 50.0;  // the tolerance of a claim

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed) {
    const auto attacked_run = [&](const NamedMethod& m) {
      return attacked(sizing, method_run(sizing, sizing.size, m.method, m.undiscovered, seed), attack_steps);
    };
    table.push_back(method_run(sizing, sizing.size, "none", 0, seed));
    for (const NamedMethod& model : models)
      table.push_back(model.method == std::string("rmu") ? story_unlearned(sizing, seed, slowest_to_relearn)
                                                         : attacked_run(model));
    for (const NamedMethod& filter : filters) table.push_back(with_budget(attacked_run(filter), 0.5));
  }
  return table;
}

Figure figure_of(const std::vector<Finished>& all, const std::string& size) {
  constexpr const char* colours[] = {"#e09f3e", "#8d5a00", "#7fb7d6", "#2e86ab", "#7b4b94"};
  std::vector<AttackedModels> lines;
  for (const NamedMethod& model : models)
    lines.push_back({model.title, colours[lines.size()], runs_of(all, size, model.method, model.undiscovered)});
  return recovery_figure(fmt::format("Relearning, {}: means over seeds", size), lines, runs_of(all, size, "none", 0),
                         story_goals().back());
}

/// When each model reaches the goal, by its title and seed; adds the rows that tell it.
std::map<std::string, Recoveries> told_recoveries(Analysis& analysis, const std::vector<Finished>& all,
                                                  const std::string& size, const Goal& goal) {
  std::map<std::string, Recoveries> by_model;
  const auto none = runs_of(all, size, "none", 0), sgtm = runs_of(all, size, "sgtm", 0.2);
  for (const NamedMethod& model : models) {
    const auto of = runs_of(all, size, model.method, model.undiscovered);
    const auto recovered = recoveries(of, none, goal);
    by_model[model.title] = recovered;
    if (recovered.empty()) continue;
    analysis.summary[size][model.title][goal.name] =
        add_recovery_row(analysis,
                         {size, model.title, interval_text(mean_over(of, loss("ablated", "retain"))),
                          interval_text(mean_over(of, loss("ablated", "forget"))), goal.words},
                         recovered);
  }
  for (const NamedMethod& filter : filters) {
    const std::string title = matched_title(filter);
    const auto half = runs_of(all, size, budget_name(filter.method, 0.5), filter.undiscovered),
               whole = runs_of(all, size, filter.method, filter.undiscovered);
    by_model[title] = matched_recoveries(half, whole, sgtm, none, goal);
    if (!by_model[title].empty())
      analysis.summary[size][title][goal.name] =
          add_recovery_row(analysis, {size, title, "", "", goal.words}, by_model[title]);
  }
  return by_model;
}

void judge(Analysis& analysis, std::map<std::string, Recoveries> by_model, const std::string& size, const Goal& goal) {
  const auto &perfect = by_model["perfect filter"], &leaky = by_model["filter, 20 % missed"],
             &sgtm = by_model["sgtm, 20 % missed"];
  const std::string until = fmt::format("{}: until {} is back", size, goal.words);
  const std::string takes = until + ", SGTM with 20 % missed takes";
  claim_above(analysis, takes + " more steps than RMU", more_steps(sgtm, by_model["rmu"]), 0);
  claim_above(analysis, takes + " more than the filter that missed 20 %", more_steps(sgtm, leaky), 0);
  claim_above(analysis, takes + " more than that filter of its own English",
              more_steps(sgtm, by_model[matched_title(filters[1])]), 0);
  claim_above(analysis, fmt::format("{} no fewer than the perfect filter (by {} steps)", takes, one_look),
              more_steps(sgtm, perfect), -one_look);
  claim_above(analysis,
              fmt::format("{} no fewer than the perfect filter of its own English (by {} steps)", takes, one_look),
              more_steps(sgtm, by_model[matched_title(filters[0])]), -one_look);
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis;
  analysis.table = {{"size", "model", "retain before", "forget before", "until", "steps", "forget tokens", "reached"}};
  for (const std::string& size : sizes_in(all)) {
    for (const Goal& goal : story_goals()) judge(analysis, told_recoveries(analysis, all, size, goal), size, goal);
    analysis.figures.emplace_back("relearning-" + size, figure_of(all, size));
  }
  return analysis;
}

Experiment experiment() {
  return {
      .name = "relearning",
      .figure = "6a, 12",
      .question = "How soon does what was removed come back when the model is trained again?",
      .finding = "Until the unfiltered model's forget loss: RMU 50 steps, weak filter 325, strict filter and SGTM 350.",
      .runs = runs,
      .analyse = analyse};
}

}  // namespace sgtm::relearning_attack
