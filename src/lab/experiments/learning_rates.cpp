#include <fmt/format.h>

#include <cmath>

#include "lab/analysis/loss_figures.hpp"
#include "lab/experiments/method_runs.hpp"

namespace sgtm::learning_rates {

/// Rates tried, as shares of the preset's.
constexpr double shares[] = {2.0 / 3, 1, 1.5};

std::string name_of(double share) {
  return fmt::format("none, {:.2g} of the preset's rate", share);
}

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (const std::string& size : sizes_up_to(sizing.size))
    for (int seed = 1; seed <= sizing.seeds; ++seed)
      for (const double share : shares) {
        PlannedRun run = method_run(sizing, size, "none", 0, seed);
        run.config.learning_rate = std::round(1e6 * share * run.config.learning_rate) / 1e6;
        run.method = name_of(share);
        table.push_back(run);
      }
  return table;
}

/// The mean of both languages' losses.
double both(const Finished& run) {
  return 0.5 * (loss_of(run, "trained", "retain") + loss_of(run, "trained", "forget"));
}

/// What both lie above their floors.
double above_floor(const Finished& run) {
  return both(run) - 0.5 * (run.result.floor.at("retain") + run.result.floor.at("forget"));
}

/// What each rate costs against the preset's.
Figure figure_of(const std::vector<Finished>& all) {
  Figure figure{"Unfiltered models by learning rate",
                "learning rate, as a share of the preset's",
                "loss minus that at the preset's rate, nats per token",
                {},
                "set logscale x\nset xtics (0.67, 1, 1.5)\nset xrange [0.6:1.7]\n"};
  for (const std::string& size : sizes_in(all)) {
    Series line{size, "yerrorlines lw 1.5 pt 7"};
    for (const double share : shares)
      if (const auto more =
              paired_differences(runs_of(all, size, name_of(1), 0), runs_of(all, size, name_of(share), 0), both);
          !more.empty())
        add_point(line, share, estimate_mean(more));
    if (!line.points.empty()) figure.series.push_back(std::move(line));
  }
  return figure;
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis;
  analysis.table = {{"size", "learning rate", "seeds", "retain", "forget", "above the floor, both"}};
  for (const std::string& size : sizes_in(all))
    for (const double share : shares) {
      const auto of = runs_of(all, size, name_of(share), 0);
      if (of.empty()) continue;
      const double rate = of.front()->plan.config.learning_rate;
      nlohmann::ordered_json entry{{"size", size}, {"learning rate", rate}};
      entry.update(add_row(analysis, {size, fmt::format("{:g}", rate), std::to_string(of.size())},
                           {{"retain", mean_over(of, loss("trained", "retain"))},
                            {"forget", mean_over(of, loss("trained", "forget"))},
                            {"above the floor", mean_over(of, above_floor)}}));
      analysis.summary["rates"].push_back(entry);
    }
  analysis.figures.emplace_back("learning-rates", figure_of(all));
  return analysis;
}

Experiment experiment() {
  return {.name = "learning-rates",
          .question = "Are the ladder's learning rates right for models of its sizes?",
          .finding = "Not in the paper. This table is for the choice of the presets; it judges nothing.",
          .runs = runs,
          .analyse = analyse,
          .size = "0.5M",
          .seeds = 1};
}

}  // namespace sgtm::learning_rates
