#include "lab/experiments/classifier_grid.hpp"

#include <fmt/format.h>

#include "lab/analysis/loss_figures.hpp"
#include "lab/experiments/method_runs.hpp"

namespace sgtm::classifier_grid {

constexpr const char* methods[] = {"filter", "sgtm"};

std::string cell_name(const char* method, double fpr) {
  return fmt::format("{}, FPR {:g}", method, fpr);
}

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const double fpr : mistaken)
      for (const double undiscovered : missed)
        for (const char* method : methods) {
          PlannedRun run = method_run(sizing, sizing.size, method, undiscovered, seed);
          if (fpr > 0) run.config.labels.false_positive_rate = fpr;
          run.method = cell_name(method, fpr);
          table.push_back(run);
        }
  return table;
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = loss_analysis(all);
  for (const std::string& size : sizes_in(all)) {
    const auto cell = [&](const char* method, double undiscovered, double fpr) {
      return runs_of(all, size, cell_name(method, fpr), undiscovered);
    };
    for (const char* source : {"forget", "retain"}) {
      Figure figure = grid_figure(fmt::format("The classifier's mistakes, {}: {}", size, source),
                                  fmt::format("{}: calibrated held-out loss, nats per token", source), methods, cell,
                                  loss("calibrated", source));
      add_floor(figure, one_of(all, size), source, 0.5, 1);
      analysis.figures.emplace_back(fmt::format("classifier-grid-{}-{}", size, source), std::move(figure));
    }
    for (const double fpr : mistaken)
      for (const double undiscovered : missed)
        if (undiscovered > 0)
          claim_above(
              analysis,
              fmt::format("{}, TPR {:g}, FPR {:g}: SGTM forgets more than the filter", size, 1 - undiscovered, fpr),
              paired_differences(cell("filter", undiscovered, fpr), cell("sgtm", undiscovered, fpr),
                                 loss("calibrated", "forget")),
              0);
    const auto price = [&](double undiscovered, double fpr) {
      const Measure english = loss("calibrated", "retain");
      return minus(by_seed(cell("sgtm", undiscovered, fpr), english),
                   by_seed(cell("filter", undiscovered, fpr), english));
    };
    claim_below(analysis, size + ": SGTM's price in English is smaller with the worst classifier than with the best",
                values(minus(price(0.5, 0.2), price(0, 0))), 0);
  }
  return analysis;
}

constexpr const char* reading = R"(
Wherever the classifier misses something, SGTM's mean forget loss is above the filter's. Five of the six cells support
it, and one is inconclusive. That SGTM's price in English shrinks as the classifier worsens, as in the paper, is
inconclusive. The means go that way: the price is largest with the best classifier, and gone with the worst.
)";

Figure grid_figure(const std::string& title, const std::string& y_label, std::span<const char* const> compared,
                   const CellRuns& runs, const Measure& measure) {
  Figure figure{
      title, "share of forget documents that the classifier finds (TPR)", y_label, {}, "set xrange [0.45:1.05]\n"};
  for (const char* method : compared)
    for (std::size_t f = 0; f < std::size(mistaken); ++f) {
      Series line{cell_name(method, mistaken[f]),
                  fmt::format("yerrorlines lw 1.5 pt 7 dt {} lc rgb '{}'", f + 1, colour_of(method))};
      for (const double undiscovered : missed) {
        const auto of = runs(method, undiscovered, mistaken[f]);
        if (!of.empty()) add_point(line, 1 - undiscovered, mean_over(of, measure));
      }
      if (!line.points.empty()) figure.series.push_back(std::move(line));
    }
  return figure;
}

Experiment experiment() {
  return {
      .name = "classifier-grid",
      .figure = "11",
      .question = "Which mistakes of the classifier matter?",
      .finding =
          "SGTM forgets more than filtering wherever TPR < 1; its retain penalty shrinks as the classifier worsens.",
      .runs = runs,
      .analyse = analyse,
      .reading = reading};
}

}  // namespace sgtm::classifier_grid
