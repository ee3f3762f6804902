#pragma once

#include "eval/statistics.hpp"
#include "experiments/experiment.hpp"

namespace sgtm {

/// The stories that all experiments train on, so many in each language. --quick has fewer.
Index stories_of(bool quick);

/// A run of a method at a share of undiscovered forget documents:
///
///     none      nothing is filtered
///     filter    the weak filter: what is labeled forget is dropped. At 0 it is the perfect filter
///     sgtm, gradient_routing, ...    the strategy of that name, with the optimizer that docs/results.md chose
///
/// Every seed changes initial weights, order and label noise together.
PlannedRun method_run(const Sizing& sizing, const std::string& size, const std::string& method, double undiscovered,
                      int seed);

/// False where so few documents would be undiscovered that the run would be refused: a rate for larger data.
bool enough_documents(const Sizing& sizing, double undiscovered);

/// The runs of one size, method and rate, one per seed.
std::vector<const Finished*> runs_of(const std::vector<Finished>& all, const std::string& size,
                                     const std::string& method, double undiscovered);

/// A held-out loss over those runs' seeds, as in loss_over({...}, "calibrated", "forget").
Estimated loss_over(const std::vector<const Finished*>& runs, const char* state, const char* source);

/// second - first, seed by seed. Runs whose seed the other list lacks don't count; empty where none is left.
std::vector<double> paired_differences(const std::vector<const Finished*>& first,
                                       const std::vector<const Finished*>& second, const char* state,
                                       const char* source);

/// The sizes, methods or rates that occur, each once, in the order of their first run.
std::vector<std::string> sizes_in(const std::vector<Finished>& all);
std::vector<std::string> methods_in(const std::vector<Finished>& all, const std::string& size);
std::vector<double> rates_in(const std::vector<Finished>& all, const std::string& size, const std::string& method);

/// Means of every size, method and rate: calibrated losses with their intervals.
Analysis loss_analysis(const std::vector<Finished>& all);

/// gnuplot colours of the methods.
const char* colour_of(const std::string& method);

}  // namespace sgtm
