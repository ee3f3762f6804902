#include <fmt/format.h>

#include <cmath>
#include <span>

#include "lab/analysis/field_recall.hpp"
#include "lab/analysis/loss_figures.hpp"
#include "lab/experiments/field_runs.hpp"

namespace sgtm::classifier_grid {

/// The classifiers of the paper's figure 11.
constexpr double missed[] = {0, 0.2, 0.5};     // 1 - true positive rate
constexpr double mistaken[] = {0, 0.05, 0.2};  // false positive rates

struct Cell {
  double undiscovered, fpr;
};
/// The cells of the grid that are wanted: all, where nothing else is said.
std::vector<Cell> cells_where(bool (*wanted)(Cell) = [](Cell) { return true; }) {
  std::vector<Cell> cells;
  for (const double fpr : mistaken)
    for (const double undiscovered : missed)
      if (wanted({undiscovered, fpr})) cells.push_back({undiscovered, fpr});
  return cells;
}

constexpr const char* methods[] = {"filter", "sgtm"};

std::string cell_name(const char* method, double fpr) {
  return fmt::format("{}, FPR {:g}", method, fpr);
}

/// What is measured of the `runs` of a method with one of these classifiers: a line per compared method and false
/// positive rate, against the true positive rate.
Figure grid_figure(const std::string& title, const std::string& y_label, std::span<const char* const> compared,
                   const std::function<Runs(const char* method, double undiscovered, double fpr)>& runs,
                   const Measure& measure) {
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

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const auto& [undiscovered, fpr] : cells_where())
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
    for (const auto& [undiscovered, fpr] : cells_where([](Cell c) { return c.undiscovered > 0; }))
      claim_above(analysis,
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

constexpr double others_per_forget = 11;  // of twelve equal fields
constexpr const char* methods_on_fields[] = {"weak", "sgtm"};

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

std::vector<PlannedRun> runs_on_fields(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const Cell& cell : cells_where())
      for (const From from : sources_of_mistakes)
        for (const char* method : methods_on_fields)
          if (cell.fpr > 0 || from == From::all)  // without false positives both are the same run
            table.push_back(cell_run(sizing, {method, from}, cell, seed));
  return table;
}

Figure figure_of(const std::vector<Finished>& all, const std::string& size, From from, const char* group) {
  const auto cell = [&](const char* method, double undiscovered, double fpr) {
    return runs_of(all, size, cell_name({method, from}, {undiscovered, fpr}), undiscovered);
  };
  Figure figure = grid_figure(fmt::format("The classifier's mistakes, false ones from {}, {}", name(from), size),
                              fmt::format("{} questions answered right", group), methods_on_fields, cell,
                              recalled("calibrated", group));
  figure.settings += "set yrange [0:1.05]\nset key outside\n";
  return figure;
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

Analysis analyse_fields(const std::vector<Finished>& all) {
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

constexpr const char* finding =
    "SGTM forgets more than filtering wherever TPR < 1; its retain penalty shrinks as the classifier worsens.";

Experiment experiment() {
  return {.name = "classifier-grid",
          .figure = "11",
          .question = "Which mistakes of the classifier matter?",
          .finding = finding,
          .runs = runs,
          .analyse = analyse};
}

Experiment second_experiment() {
  return {
      .name = "fields-classifier",
      .figure = "11",
      .question =
          "Which mistakes of the classifier matter, and does it matter whether neighbours are mistaken for biology?",
      .finding = finding,
      .runs = runs_on_fields,
      .analyse = analyse_fields,
      .size = "0.25M",
      .seeds = 1};
}

}  // namespace sgtm::classifier_grid
