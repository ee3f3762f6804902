#include <fmt/format.h>

#include "experiments/all_experiments.hpp"
#include "experiments/analysis.hpp"
#include "experiments/field_runs.hpp"
#include "experiments/loss_figures.hpp"
#include "experiments/selection.hpp"

namespace sgtm {
namespace {

constexpr double rates[] = {0.03, 0.1, 0.3, 1, 3};  // of training's
constexpr double strengths[] = {4, 16, 64};         // how far away the target lies

std::string name_of(double rate, double strength) {
  return fmt::format("rate {:g} of training's, strength {:g}", rate, strength);
}

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const double rate : rates)
      for (const double strength : strengths) {
        PlannedRun run = field_unlearned(sizing, seed, {rate, strength});
        run.method = name_of(rate, strength);
        table.push_back(run);
      }
  return table;
}

/// What the neighbours' and all other fields' losses rise by.
Measure damage(const char* source) {
  return [source](const Finished& run) { return loss_of(run, "ablated", source) - loss_of(run, "trained", source); };
}

void add_row(Analysis& analysis, Series& points, const std::string& size, const std::string& method,
             const std::vector<const Finished*>& of) {
  std::vector<std::string> row{size, method};
  nlohmann::ordered_json entry{{"size", size}, {"method", method}};
  const auto add = [&](const std::string& name, const Estimated& e) {
    row.push_back(interval_text(e));
    entry[name] = interval_json(e);
    return e;
  };
  const double cost = add("general", mean_over(of, damage("retain"))).mean;
  add("adjacent", mean_over(of, damage("adjacent")));
  add("forget", mean_over(of, loss("ablated", "forget")));
  add("recall, general", mean_over(of, recalled("ablated", "retain")));
  add("recall, forget", mean_over(of, recalled("ablated", "forget")));
  // Before RMU the run was the unfiltered model: its own "trained" state is what has to come back.
  Estimated steps{};
  for (const Goal& goal : field_goals()) {
    const MeanRecovery back = mean_recovery(recoveries(of, of, goal));
    add(fmt::format("steps until {}", goal.words), back.steps);
    row.back() = recovery_text(back);
    if (!goal.rising) steps = back.steps;
  }
  add_point(points, cost, steps);
  analysis.table.push_back(std::move(row));
  analysis.summary["settings"].push_back(entry);
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis;
  analysis.table = {{"size", "RMU's settings", "general rises by", "adjacent by", "forget loss", "recall, general",
                     "recall, forget", "steps until the loss", "until half of the answers", "until nine tenths"}};
  for (const std::string& size : sizes_in(all)) {
    Figure figure{fmt::format("RMU's settings, {}", size),
                  "what the general loss rises by, nats per token",
                  "steps of the attack until the forget loss is back",
                  {},
                  ""};
    for (const double rate : rates) {
      Series points{fmt::format("rate {:g} of training's", rate), "yerrorbars pt 7 ps 0.8", {}, {}};
      for (const double strength : strengths) {
        const std::string method = name_of(rate, strength);
        const auto of = runs_of(all, size, method, 0);
        if (!of.empty()) add_row(analysis, points, size, method, of);
      }
      figure.series.push_back(std::move(points));
    }
    analysis.figures.emplace_back("fields-rmu-" + size, figure);
  }
  return analysis;
}

}  // namespace

Experiment fields_rmu() {
  return {"fields-rmu",
          "none",
          "With which settings is RMU as good as it can be: little lost in general, and slow to relearn?",
          "Not in the paper. This table is for the choice that fields-relearning takes; it judges nothing.",
          runs,
          analyse,
          "0.25M",
          1};
}

}  // namespace sgtm
