#include <fmt/format.h>

#include "lab/analysis/loss_figures.hpp"
#include "lab/experiments/method_runs.hpp"

namespace sgtm::noise_structure {

constexpr double rate = 0.2;  // some eight of the 42 plots, the last of them in part
constexpr const char* methods[] = {"filter", "sgtm", "gradient_routing"};

std::string cell_name(const std::string& method, bool whole_plots) {
  return method + (whole_plots ? ", whole plots missed" : ", missed at random");
}

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const char* method : methods)
      for (const bool whole_plots : {false, true}) {
        PlannedRun run = method_run(sizing, sizing.size, method, rate, seed);
        if (whole_plots) run.config.labels.noise = "plot";
        run.method = cell_name(method, whole_plots);
        table.push_back(run);
      }
  return table;
}

Figure figure_of(const std::vector<Finished>& all, const std::string& size) {
  Figure figure{fmt::format("A fifth missed, {}: at random (dots) or whole plots (crosses)", size),
                "retain: calibrated held-out loss, nats per token", "forget: the same"};
  for (const char* method : methods)
    for (const bool whole_plots : {false, true}) {
      Series point{cell_name(method, whole_plots),
                   fmt::format("xyerrorbars pt {} lc rgb '{}'", whole_plots ? 2 : 7, colour_of(method))};
      const auto of = runs_of(all, size, point.title, rate);
      if (of.empty()) continue;
      add_losses(point, of);
      figure.series.push_back(std::move(point));
    }
  add_floor(figure, one_of(all, size));
  return figure;
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = loss_analysis(all);
  for (const std::string& size : sizes_in(all)) {
    const auto of = [&](const char* method, bool whole_plots) {
      return runs_of(all, size, cell_name(method, whole_plots), rate);
    };
    analysis.figures.emplace_back("noise-structure-" + size, figure_of(all, size));
    for (const char* method : methods)
      claim_above(
          analysis,
          fmt::format("{}, {}: the forget loss is no lower (by 0.1) where whole plots are missed", size, method),
          paired_differences(of(method, false), of(method, true), loss("calibrated", "forget")), -0.1);
    claim_above(analysis, size + ", whole plots missed: SGTM forgets more than the filter",
                paired_differences(of("filter", true), of("sgtm", true), loss("calibrated", "forget")), 0);
  }
  return analysis;
}

Experiment experiment() {
  return {.name = "noise-structure",
          .question = "Does it matter that a classifier misses documents of a kind, not at random?",
          .finding = "All of the paper's labels are missed independently, which reviewers criticised.",
          .runs = runs,
          .analyse = analyse};
}

}  // namespace sgtm::noise_structure
