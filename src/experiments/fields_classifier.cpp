#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "experiments/all_experiments.hpp"
#include "experiments/field_runs.hpp"

namespace sgtm {
namespace {

constexpr double found[] = {1, 0.8, 0.5};      // true positive rates
constexpr double mistaken[] = {0, 0.05, 0.2};  // false positive rates
constexpr const char* drawn_from[] = {"all", "neighbours"};
constexpr double others_per_forget = 11;  // of twelve equal fields

std::string cell_name(const char* method, double tpr, double fpr, const char* from) {
  return fmt::format("{}, TPR {:g}, FPR {:g}{}{}", method, tpr, fpr, fpr > 0 ? " from " : "", fpr > 0 ? from : "");
}

/// Either way as many articles are mistaken: fpr is a share of all that are not forget.
PlannedRun cell_run(const Sizing& sizing, const char* method, double tpr, double fpr, const char* from, int seed) {
  const bool perfect = tpr == 1 && fpr == 0;  // a run of `fields`
  PlannedRun run = perfect ? field_course_run(sizing, method, seed) : field_run(sizing, method, seed);
  run.method = cell_name(method, tpr, fpr, from);
  run.undiscovered = 1 - tpr;
  LabelConfig& labels = run.config.labels;
  labels.undiscovered = 1 - tpr;
  if (fpr == 0) return run;
  labels.precision = tpr / (tpr + others_per_forget * fpr);
  labels.false_positives = from == std::string("all") ? "paper" : "code";
  return run;
}

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const double fpr : mistaken)
      for (const double tpr : found)
        for (const char* from : drawn_from)
          for (const char* method : {"weak", "sgtm"})
            if (fpr > 0 || from == drawn_from[0]) table.push_back(cell_run(sizing, method, tpr, fpr, from, seed));
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
                  fmt::format("linespoints lw 1.5 pt 7 dt {} lc rgb '{}'", f + 1, colour_of(method)),
                  {}};
      for (const double tpr : found) {
        const auto of = runs_of(all, size, cell_name(method, tpr, mistaken[f], from), 1 - tpr);
        if (!of.empty()) line.points.emplace_back(tpr, mean_over(of, recalled("calibrated", group)).mean);
      }
      if (!line.points.empty()) figure.series.push_back(std::move(line));
    }
  return figure;
}

struct Cell {
  double tpr, fpr;
};

std::vector<Cell> cells() {
  std::vector<Cell> grid;
  for (const double fpr : mistaken)
    for (const double tpr : found) grid.push_back({tpr, fpr});
  return grid;
}

/// What SGTM's model has more of than the filter's in a cell, in the mean over seeds; none where runs are missing.
std::optional<double> lead(const std::vector<Finished>& all, const std::string& size, const char* from,
                           const Cell& cell, const Measure& measure) {
  const auto of = [&](const char* method) {
    return runs_of(all, size, cell_name(method, cell.tpr, cell.fpr, from), 1 - cell.tpr);
  };
  const auto differences = paired_differences(of("weak"), of("sgtm"), measure);
  if (differences.empty()) return std::nullopt;
  return estimate_mean(differences).mean;
}

/// Of all cells that are wanted.
template <class Wanted>
std::vector<double> leads(const std::vector<Finished>& all, const std::string& size, const char* from,
                          const Measure& measure, Wanted wanted) {
  std::vector<double> of_cells;
  for (const Cell& cell : cells())
    if (wanted(cell))
      if (const auto value = lead(all, size, from, cell, measure)) of_cells.push_back(*value);
  return of_cells;
}

/// How much worse SGTM's model knows the neighbours when false positives are theirs, cell by cell.
std::vector<double> harm_of_neighbours(const std::vector<Finished>& all, const std::string& size) {
  std::vector<double> harm;
  for (const auto& [tpr, fpr] : cells()) {
    if (fpr == 0) continue;
    const auto of = [&](const char* from) { return runs_of(all, size, cell_name("sgtm", tpr, fpr, from), 1 - tpr); };
    const auto differences = paired_differences(of("all"), of("neighbours"), loss("calibrated", "adjacent"));
    if (!differences.empty()) harm.push_back(estimate_mean(differences).mean);
  }
  return harm;
}

/// Intervals are over the cells of the grid, each a mean over seeds.
Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = field_analysis(all);
  for (const std::string& size : sizes_in(all)) {
    for (const char* from : drawn_from) {
      for (const char* group : {"forget", "adjacent", "retain"})
        analysis.figures.emplace_back(fmt::format("fields-classifier-{}-{}-{}", from, group, size),
                                      figure_of(all, size, from, group));
      const std::string which = fmt::format("{}, false positives from {}, over cells", size, from);
      claim_above(analysis, which + ": where TPR < 1, SGTM's forget loss is above the filter's",
                  leads(all, size, from, loss("calibrated", "forget"), [](const Cell& c) { return c.tpr < 1; }), 0);
      const auto best = lead(all, size, from, {1, 0}, loss("calibrated", "retain"));
      std::vector<double> change =
          leads(all, size, from, loss("calibrated", "retain"), [](const Cell& c) { return c.tpr < 1 || c.fpr > 0; });
      for (double& price : change) price -= best.value_or(NAN);
      claim_below(analysis, which + ": SGTM's price in general loss is smaller than with the perfect classifier",
                  change, 0);
    }
    claim_above(analysis, size + ", over cells: SGTM's adjacent loss is higher where false positives are neighbours'",
                harm_of_neighbours(all, size), 0);
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
