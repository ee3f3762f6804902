#pragma once

#include "eval/statistics.hpp"
#include "experiments/experiment.hpp"

namespace sgtm {

/// The stories that a run of so many tokens trains on: enough that it sees none much more than once, and at least
/// 20,000 in each language. --quick has few.
RunData stories_for(double tokens, bool quick);

/// A run of a method at a share of undiscovered forget documents:
///
///     none      nothing is filtered
///     filter    the weak filter: what is labeled forget is dropped. At 0 it is the perfect filter
///     sgtm, gradient_routing, ...    the strategy of that name, in the setting that docs/results.md chose
///
/// Every seed changes initial weights, order and label noise together.
PlannedRun method_run(const Sizing& sizing, const std::string& size, const std::string& method, double undiscovered,
                      int seed);

/// The run with losses written down ten times on its way and, where the strategy splits, gradients.
PlannedRun watched(const Sizing& sizing, PlannedRun run);
/// The run with a relearning attack of so many steps at its end.
PlannedRun attacked(const Sizing& sizing, PlannedRun run, Index steps = 400);

/// RMU's rate, as a share of training's, and its strength.
struct RmuSetting {
  double rate_share, strength;
};
/// The run of the unfiltered model, unlearned by RMU at its end.
PlannedRun unlearned(const Sizing& sizing, PlannedRun none, const RmuSetting& setting);

/// Losses on the way and the attack, twice as long as the run alone. The experiments about a run's course share these.
PlannedRun course_run(const Sizing& sizing, const std::string& size, const std::string& method, double undiscovered,
                      int seed);

/// False where so few documents would be undiscovered, or discovered, that the run would be refused: a rate for larger
/// data.
bool enough_documents(const Sizing& sizing, double undiscovered);

/// A method at a share of undiscovered documents, and what figures and tables call it.
struct NamedMethod {
  const char* title;
  const char* method;
  double undiscovered;
};

/// The runs of one size, method and rate, one per seed.
std::vector<const Finished*> runs_of(const std::vector<Finished>& all, const std::string& size,
                                     const std::string& method, double undiscovered);

/// A held-out loss of one run. What does not split has no ablated loss: it is the trained one.
double loss_of(const Finished& run, const char* state, const char* source);

/// Something that is read off one run.
using Measure = std::function<double(const Finished&)>;
/// Over those runs' seeds, as in mean_over({...}, loss("calibrated", "forget")).
Estimated mean_over(const std::vector<const Finished*>& runs, const Measure& measure);
std::vector<double> values(const std::vector<const Finished*>& runs, const Measure& measure);
Measure loss(const char* state, const char* source);

/// The pairs of a run of each list whose seeds are equal.
std::vector<std::pair<const Finished*, const Finished*>> of_equal_seed(const std::vector<const Finished*>& first,
                                                                       const std::vector<const Finished*>& second);
/// second - first, seed by seed. Runs whose seed the other list lacks don't count; empty where none is left.
std::vector<double> paired_differences(const std::vector<const Finished*>& first,
                                       const std::vector<const Finished*>& second, const Measure& measure);

/// The sizes, methods or rates that occur, each once, in the order of their first run.
std::vector<std::string> sizes_in(const std::vector<Finished>& all);
std::vector<std::string> methods_in(const std::vector<Finished>& all, const std::string& size);
std::vector<double> rates_in(const std::vector<Finished>& all, const std::string& size, const std::string& method);

/// Means of every size, method and rate with their intervals: calibrated losses, and those before ablation.
Analysis loss_analysis(const std::vector<Finished>& all);

/// "1.234 ± 0.012": the mean with its 95 % interval, for tables and, with everything, for summaries.
std::string interval_text(const Estimated& e);
nlohmann::ordered_json interval_json(const Estimated& e);

/// Adds a verdict on the claim that something lies above, or below, the threshold: by the interval of the values' mean.
/// Without values it can't be told.
void claim_above(Analysis& analysis, const std::string& claim, const std::vector<double>& values, double threshold);
void claim_below(Analysis& analysis, const std::string& claim, const std::vector<double>& values, double threshold);
void claim_above(Analysis& analysis, const std::string& claim, const Estimated& e, double threshold);
void claim_below(Analysis& analysis, const std::string& claim, const Estimated& e, double threshold);

/// Adds a point with the interval of its y, where it has one.
void add_point(Series& line, double x, const Estimated& y);

/// Adds calibrated forget loss against retain loss, a line per method from its lowest share undiscovered to its
/// highest.
void add_trade_off(Figure& figure, const std::vector<Finished>& all, const std::string& size);

/// Any run of a size, for the floors of its data: all of a size share them, but in `entanglement`.
const Finished& one_of(const std::vector<Finished>& all, const std::string& size);

/// The sources whose losses are a figure's axes.
struct Axes {
  const char* x = "retain";
  const char* y = "forget";
};
/// The floor of a run's data in a figure of one loss against another: a cross.
void add_floor(Figure& figure, const Finished& run, const Axes& axes = {});
/// The floor of one source in a figure whose y is a loss: a line from x = `from` to `to`.
void add_floor(Figure& figure, const Finished& run, const char* source, double from, double to);

/// gnuplot colours of the methods.
const char* colour_of(const std::string& method);

}  // namespace sgtm
