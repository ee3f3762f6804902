#include <fmt/format.h>

#include "lab/analysis/field_recall.hpp"
#include "lab/analysis/loss_figures.hpp"
#include "lab/experiments/field_runs.hpp"

namespace sgtm::rmu_settings {

constexpr double rates[] = {0.03, 0.1, 0.3, 1, 3};  // of training's
constexpr double strengths[] = {4, 16, 64};         // how far away the target lies

std::string name_of(double rate, double strength) {
  return fmt::format("rate {:g} of training's, strength {:g}", rate, strength);
}

/// An unfiltered model unlearned with every setting.
std::vector<PlannedRun> sweep(const Sizing& sizing, PlannedRun (*unlearned)(const Sizing&, int, const RmuSetting&)) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const double rate : rates)
      for (const double strength : strengths) {
        PlannedRun run = unlearned(sizing, seed, {rate, strength});
        run.method = name_of(rate, strength);
        table.push_back(run);
      }
  return table;
}

/// A column of the table, measured after unlearning.
struct Column {
  const char* title;
  Measure of;
};

/// What is told of the models. The first column is the price, of which the figure has the first goal's steps.
struct Told {
  std::vector<Column> columns;
  std::vector<Goal> goals;
};

/// What the loss of a source that should stay rises by.
Measure damage(const char* source) {
  return [source](const Finished& run) { return loss_of(run, "ablated", source) - loss_of(run, "trained", source); };
}

std::string steps_title(const Goal& goal) {
  return fmt::format("steps until {}", goal.words);
}

/// One setting's row, entry and point.
void add_setting(Analysis& analysis, Series& points, const Told& told, const std::string& size,
                 const std::string& method, const Runs& of) {
  std::vector<std::string> row{size, method};
  nlohmann::ordered_json entry{{"size", size}, {"method", method}};
  std::vector<Estimated> measured, steps;
  for (const Column& column : told.columns) {
    measured.push_back(mean_over(of, column.of));
    row.push_back(interval_text(measured.back()));
    entry[column.title] = interval_json(measured.back());
  }
  for (const Goal& goal : told.goals) {
    // Before RMU the run was the unfiltered model: its own "trained" state is what has to come back.
    const MeanRecovery back = mean_recovery(recoveries(of, of, goal));
    steps.push_back(back.steps);
    row.push_back(recovery_text(back));
    entry[steps_title(goal)] = interval_json(back.steps);
  }
  add_point(points, measured[0].mean, steps[0]);
  analysis.table.push_back(std::move(row));
  analysis.summary["settings"].push_back(entry);
}

Analysis analysis_of(const std::vector<Finished>& all, const char* name, const Told& told) {
  Analysis analysis;
  analysis.table = {{"size", "RMU's settings"}};
  for (const Column& column : told.columns) analysis.table[0].push_back(column.title);
  for (const Goal& goal : told.goals) analysis.table[0].push_back(steps_title(goal));
  for (const std::string& size : sizes_in(all)) {
    Figure figure{fmt::format("RMU's settings, {}", size), fmt::format("{}, nats per token", told.columns[0].title),
                  fmt::format("{} is back", steps_title(told.goals[0]))};
    for (const double rate : rates) {
      Series points{fmt::format("rate {:g} of training's", rate), "yerrorbars pt 7 ps 0.8"};
      for (const double strength : strengths) {
        const std::string method = name_of(rate, strength);
        const auto of = runs_of(all, size, method, 0);
        if (!of.empty()) add_setting(analysis, points, told, size, method, of);
      }
      figure.series.push_back(std::move(points));
    }
    analysis.figures.emplace_back(fmt::format("{}-{}", name, size), figure);
  }
  return analysis;
}

Analysis analyse_stories(const std::vector<Finished>& all) {
  return analysis_of(all, "rmu",
                     {{{"retain loss rises by", damage("retain")}, {"forget loss", loss("ablated", "forget")}},
                      {story_goals().back()}});
}

Analysis analyse_fields(const std::vector<Finished>& all) {
  return analysis_of(all, "fields-rmu",
                     {{{"general loss rises by", damage("retain")},
                       {"adjacent loss rises by", damage("adjacent")},
                       {"forget loss", loss("ablated", "forget")},
                       {"recall, general", recalled("ablated", "retain")},
                       {"recall, forget", recalled("ablated", "forget")}},
                      field_goals()});
}

constexpr const char* question =
    "With which settings is RMU as good as it can be: little lost in what stays, and slow to relearn?";

Experiment experiment() {
  return {.name = "rmu",
          .question = question,
          .finding = "Not in the paper. This table is for the choice that relearning takes; it judges nothing.",
          .runs = [](const Sizing& sizing) { return sweep(sizing, story_unlearned); },
          .analyse = analyse_stories,
          .seeds = 1};
}

Experiment second_experiment() {
  return {.name = "fields-rmu",
          .question = question,
          .finding = "Not in the paper. This table is for the choice that fields-relearning takes; it judges nothing.",
          .runs = [](const Sizing& sizing) { return sweep(sizing, field_unlearned); },
          .analyse = analyse_fields,
          .size = "0.25M",
          .seeds = 1};
}

}  // namespace sgtm::rmu_settings
