#include <fmt/format.h>

#include <cmath>
#include <functional>

#include "analysis/analysis.hpp"
#include "analysis/loss_figures.hpp"
#include "analysis/selection.hpp"
#include "experiments/all_experiments.hpp"
#include "experiments/field_runs.hpp"

namespace sgtm {
namespace {

constexpr double missed[] = {0, 0.2, 0.5};     // 1 - true positive rate
constexpr double mistaken[] = {0, 0.05, 0.2};  // false positive rates
constexpr const char* drawn_from[] = {"all", "neighbours"};
constexpr double others_per_forget = 11;  // of twelve equal fields

struct Cell {
  double undiscovered, fpr;
};

std::string cell_name(const char* method, const Cell& cell, const char* from) {
  return fmt::format("{}, TPR {:g}, FPR {:g}{}{}", method, 1 - cell.undiscovered, cell.fpr,
                     cell.fpr > 0 ? " from " : "", cell.fpr > 0 ? from : "");
}

/// Either way as many articles are mistaken: fpr is a share of all that are not forget.
PlannedRun cell_run(const Sizing& sizing, const char* method, const Cell& cell, const char* from, int seed) {
  const bool perfect = cell.undiscovered == 0 && cell.fpr == 0;  // a run of `fields`
  PlannedRun run = perfect ? field_course_run(sizing, method, seed) : field_run(sizing, method, seed);
  run.method = cell_name(method, cell, from);
  run.undiscovered = cell.undiscovered;
  LabelConfig& labels = run.config.labels;
  labels.undiscovered = cell.undiscovered;
  if (cell.fpr == 0) return run;
  const double tpr = 1 - cell.undiscovered;
  labels.precision = tpr / (tpr + others_per_forget * cell.fpr);
  labels.false_positives = from == std::string("all") ? "paper" : "code";
  return run;
}

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const double fpr : mistaken)
      for (const double undiscovered : missed)
        for (const char* from : drawn_from)
          for (const char* method : {"weak", "sgtm"})
            if (fpr > 0 || from == drawn_from[0])
              table.push_back(cell_run(sizing, method, {undiscovered, fpr}, from, seed));
  return table;
}

Figure figure_of(const std::vector<Finished>& all, const std::string& size, const char* from, const char* group) {
  Figure figure{fmt::format("The classifier's mistakes, false ones from {}, {}", from, size),
                "share of forget articles that the classifier finds (TPR)",
                fmt::format("{} questions answered right", group),
                {},
                "set xrange [0.45:1.05]\nset yrange [0:1.05]\nset key outside\n"};
  for (const char* method : {"weak", "sgtm"})
    for (std::size_t f = 0; f < std::size(mistaken); ++f) {
      Series line{fmt::format("{}, FPR {:g}", method, mistaken[f]),
                  fmt::format("yerrorlines lw 1.5 pt 7 dt {} lc rgb '{}'", f + 1, colour_of(method)),
                  {}};
      for (const double undiscovered : missed) {
        const auto of = runs_of(all, size, cell_name(method, {undiscovered, mistaken[f]}, from), undiscovered);
        if (!of.empty()) add_point(line, 1 - undiscovered, mean_over(of, recalled("calibrated", group)));
      }
      if (!line.points.empty()) figure.series.push_back(std::move(line));
    }
  return figure;
}

/// The grid's cells of this kind.
std::vector<Cell> cells_where(bool (*wanted)(Cell)) {
  std::vector<Cell> cells;
  for (const double fpr : mistaken)
    for (const double undiscovered : missed)
      if (wanted({undiscovered, fpr})) cells.push_back({undiscovered, fpr});
  return cells;
}

using RunsOfCell = std::function<std::vector<const Finished*>(const Cell&)>;

/// What b's runs have more of than a's, cell by cell, each a mean over seeds; nothing of a cell that lacks runs.
std::vector<double> differences(const std::vector<Cell>& cells, const RunsOfCell& a, const RunsOfCell& b,
                                const Measure& measure) {
  std::vector<double> means;
  for (const Cell& cell : cells)
    if (const auto by_seed = paired_differences(a(cell), b(cell), measure); !by_seed.empty())
      means.push_back(estimate_mean(by_seed).mean);
  return means;
}

/// Intervals are over the cells of the grid.
void judge(Analysis& analysis, const std::vector<Finished>& all, const std::string& size) {
  const auto runs_with = [&](const char* method, const char* from) -> RunsOfCell {
    return [&all, size, method, from](const Cell& cell) {
      return runs_of(all, size, cell_name(method, cell, from), cell.undiscovered);
    };
  };
  const auto undiscovered = cells_where([](Cell c) { return c.undiscovered > 0; }),
             imperfect = cells_where([](Cell c) { return c.undiscovered > 0 || c.fpr > 0; }),
             with_mistaken = cells_where([](Cell c) { return c.fpr > 0; });
  const Measure general = loss("calibrated", "retain");
  for (const char* from : drawn_from) {
    const RunsOfCell weak = runs_with("weak", from), sgtm = runs_with("sgtm", from);
    const std::string which = fmt::format("{}, false positives from {}, over cells", size, from);
    claim_above(analysis, which + ": where TPR < 1, SGTM's forget loss is above the filter's",
                differences(undiscovered, weak, sgtm, loss("calibrated", "forget")), 0);
    claim_below(analysis, which + ": there it recalls less of the forget field than the filter",
                differences(undiscovered, weak, sgtm, recalled("calibrated", "forget")), 0);
    const auto perfect = differences({{0, 0}}, weak, sgtm, general);
    std::vector<double> change = differences(imperfect, weak, sgtm, general);
    for (double& price : change) price -= perfect.empty() ? NAN : perfect[0];
    claim_below(analysis, which + ": SGTM's price in general loss is smaller than with the perfect classifier", change,
                0);
  }
  claim_above(analysis, size + ", over cells: SGTM's adjacent loss is higher where false positives are neighbours'",
              differences(with_mistaken, runs_with("sgtm", "all"), runs_with("sgtm", "neighbours"),
                          loss("calibrated", "adjacent")),
              0);
  claim_below(analysis,
              size + ", over cells: where false positives are neighbours', SGTM recalls less of them than the filter",
              differences(with_mistaken, runs_with("weak", "neighbours"), runs_with("sgtm", "neighbours"),
                          recalled("calibrated", "adjacent")),
              0);
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = field_analysis(all);
  for (const std::string& size : sizes_in(all)) {
    for (const char* from : drawn_from)
      for (const char* group : {"forget", "adjacent", "retain"})
        analysis.figures.emplace_back(fmt::format("fields-classifier-{}-{}-{}", from, group, size),
                                      figure_of(all, size, from, group));
    judge(analysis, all, size);
  }
  return analysis;
}

}  // namespace

Experiment fields_classifier() {
  return {"fields-classifier",
          "11",
          "Which mistakes of the classifier matter, and does it matter whether neighbours are mistaken for biology?",
          "SGTM forgets more than filtering wherever TPR < 1; its retain penalty shrinks as the classifier worsens.",
          runs,
          analyse,
          "0.25M",
          1};
}

}  // namespace sgtm
