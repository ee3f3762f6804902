#include <fmt/format.h>

#include <cmath>

#include "lab/analysis/field_recall.hpp"
#include "lab/experiments/classifier_grid.hpp"
#include "lab/experiments/field_runs.hpp"

namespace sgtm::fields_classifier {

constexpr double others_per_forget = 11;  // of twelve equal fields
constexpr const char* methods[] = {"weak", "sgtm"};

struct Cell {
  double undiscovered, fpr;
};
/// What false positives are drawn from.
enum class From { all, neighbours };
constexpr From sources_of_mistakes[] = {From::all, From::neighbours};
const char* name(From from) {
  return from == From::all ? "all" : "neighbours";
}

struct Kind {
  const char* method;
  From from;
};

std::string cell_name(const Kind& kind, const Cell& cell) {
  const std::string name_only = fmt::format("{}, TPR {:g}, FPR {:g}", kind.method, 1 - cell.undiscovered, cell.fpr);
  return cell.fpr > 0 ? fmt::format("{} from {}", name_only, name(kind.from)) : name_only;
}

/// Either way as many articles are mistaken: fpr is a share of all that are not forget.
PlannedRun cell_run(const Sizing& sizing, const Kind& kind, const Cell& cell, int seed) {
  const bool perfect = cell.undiscovered == 0 && cell.fpr == 0;  // a run of `fields`
  PlannedRun run = perfect ? field_course_run(sizing, kind.method, seed) : field_run(sizing, kind.method, seed);
  run.method = cell_name(kind, cell);
  run.undiscovered = cell.undiscovered;
  LabelConfig& labels = run.config.labels;
  labels.undiscovered = cell.undiscovered;
  if (cell.fpr == 0) return run;
  const double tpr = 1 - cell.undiscovered;
  labels.precision = tpr / (tpr + others_per_forget * cell.fpr);
  labels.false_positives = kind.from == From::all ? "paper" : "code";
  return run;
}

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const double fpr : classifier_grid::mistaken)
      for (const double undiscovered : classifier_grid::missed)
        for (const From from : sources_of_mistakes)
          for (const char* method : methods)
            if (fpr > 0 || from == From::all)  // without false positives both are the same run
              table.push_back(cell_run(sizing, {method, from}, {undiscovered, fpr}, seed));
  return table;
}

Figure figure_of(const std::vector<Finished>& all, const std::string& size, From from, const char* group) {
  const auto cell = [&](const char* method, double undiscovered, double fpr) {
    return runs_of(all, size, cell_name({method, from}, {undiscovered, fpr}), undiscovered);
  };
  Figure figure = classifier_grid::grid_figure(
      fmt::format("The classifier's mistakes, false ones from {}, {}", name(from), size),
      fmt::format("{} questions answered right", group), methods, cell, recalled("calibrated", group));
  figure.settings += "set yrange [0:1.05]\nset key outside\n";
  return figure;
}

/// The grid's cells of this kind.
std::vector<Cell> cells_where(bool (*wanted)(Cell)) {
  std::vector<Cell> cells;
  for (const double fpr : classifier_grid::mistaken)
    for (const double undiscovered : classifier_grid::missed)
      if (wanted({undiscovered, fpr})) cells.push_back({undiscovered, fpr});
  return cells;
}

/// What b's runs have more of than a's, cell by cell, each a mean over seeds; nothing of a cell that lacks runs.
std::vector<double> differences(const std::vector<Finished>& all, const std::string& size,
                                const std::vector<Cell>& cells, Kind a, Kind b, const Measure& measure) {
  std::vector<double> means;
  for (const Cell& cell : cells) {
    const auto of = [&](Kind kind) { return runs_of(all, size, cell_name(kind, cell), cell.undiscovered); };
    const auto more = paired_differences(of(a), of(b), measure);
    if (!more.empty()) means.push_back(estimate_mean(more).mean);
  }
  return means;
}

/// Intervals are over the cells of the grid.
void judge(Analysis& analysis, const std::vector<Finished>& all, const std::string& size) {
  const auto undiscovered = cells_where([](Cell c) { return c.undiscovered > 0; }),
             imperfect = cells_where([](Cell c) { return c.undiscovered > 0 || c.fpr > 0; }),
             with_mistaken = cells_where([](Cell c) { return c.fpr > 0; });
  for (const From from : sources_of_mistakes) {
    const std::string which = fmt::format("{}, false positives from {}, over cells", size, name(from));
    const auto sgtm_over_weak = [&](const std::vector<Cell>& cells, const Measure& measure) {
      return differences(all, size, cells, {"weak", from}, {"sgtm", from}, measure);
    };
    claim_above(analysis, which + ": where TPR < 1, SGTM's forget loss is above the filter's",
                sgtm_over_weak(undiscovered, loss("calibrated", "forget")), 0);
    claim_below(analysis, which + ": where TPR < 1, SGTM recalls less of the forget field than the filter",
                sgtm_over_weak(undiscovered, recalled("calibrated", "forget")), 0);
    const Measure general = loss("calibrated", "retain");
    const auto perfect = sgtm_over_weak({{0, 0}}, general);
    std::vector<double> change = sgtm_over_weak(imperfect, general);
    for (double& price : change) price -= perfect.empty() ? NAN : perfect[0];
    claim_below(analysis, which + ": SGTM's price in general loss is smaller than with the perfect classifier", change,
                0);
  }
  constexpr Kind by_neighbours{"sgtm", From::neighbours};
  claim_above(analysis, size + ", over cells: SGTM's adjacent loss is higher where false positives are neighbours'",
              differences(all, size, with_mistaken, {"sgtm", From::all}, by_neighbours, loss("calibrated", "adjacent")),
              0);
  claim_below(analysis,
              size + ", over cells: where false positives are neighbours', SGTM recalls less of them than the filter",
              differences(all, size, with_mistaken, {"weak", From::neighbours}, by_neighbours,
                          recalled("calibrated", "adjacent")),
              0);
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = field_analysis(all);
  for (const std::string& size : sizes_in(all)) {
    for (const From from : sources_of_mistakes)
      for (const char* group : {"forget", "adjacent", "retain"})
        analysis.figures.emplace_back(fmt::format("fields-classifier-{}-{}-{}", name(from), group, size),
                                      figure_of(all, size, from, group));
    judge(analysis, all, size);
  }
  return analysis;
}

constexpr const char* reading = R"(
Here labels miss something, which [fields](fields.md) does not have. A filter whose classifier misses a fifth of
biology lets nearly all of it through, for small models learn a fact that they read about a hundred times. SGTM's
model, of the same labels, answers far fewer questions after ablation. And here it had learned them before ablation, so
this is forgetting also by recall. It is partial at this size, and where half is missed little is left to choose.

SGTM pays for false positives more than the filter does. Where a fifth of all other articles, all of them neighbours',
are labeled forget, it knows less of the neighbours. The refilled filter reads the neighbours' other articles more
often; SGTM has put them where the cut is.

One seed: the intervals are over the cells of the grid. They tell how even the effect is, not whether another seed
would show it. The claims on recall were judged after these runs.
)";

Experiment experiment() {
  return {
      .name = "fields-classifier",
      .figure = "11",
      .question =
          "Which mistakes of the classifier matter, and does it matter whether neighbours are mistaken for biology?",
      .finding =
          "SGTM forgets more than filtering wherever TPR < 1; its retain penalty shrinks as the classifier worsens.",
      .runs = runs,
      .analyse = analyse,
      .size = "0.25M",
      .seeds = 1,
      .reading = reading};
}

}  // namespace sgtm::fields_classifier
