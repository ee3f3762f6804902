#pragma once

#include <span>

#include "lab/analysis/recovery.hpp"
#include "lab/experiments/experiment.hpp"

namespace sgtm {

/// The sizes that experiments over several of them go through: the ladder up to the one asked for, or that one alone
/// where it stands on no ladder.
std::vector<std::string> sizes_up_to(const std::string& size);

/// The stories that a run of so many tokens trains on: enough that it sees none much more than once, and at least
/// 20,000 in each language. --quick has few.
RunData stories_for(double tokens, bool quick);

/// A run of a method at a share of undiscovered forget documents:
///
///     none      nothing is filtered
///     filter    the weak filter: what is labeled forget is dropped. At 0 it is the perfect filter
///     sgtm, gradient_routing, ...    the strategy of that name, in the setting of docs/results/sound-setting.md
///     sgtm, masked and scaled        SGTM for text of which the languages share tokens: docs/results/price.md
///
/// Every seed changes initial weights, order and label noise together.
PlannedRun method_run(const Sizing& sizing, const std::string& size, const std::string& method, double undiscovered,
                      int seed);

inline constexpr const char* masked_and_scaled = "sgtm, masked and scaled";

/// Its two changes. Batches labeled forget train nothing but the forget part, and that with gradients so small that
/// AdamW hears unlabeled English in it too.
void mask_joint(PlannedRun& run);
void scale_forget_gradient(PlannedRun& run);

/// Whether SGTM masked and scaled is better than SGTM, on a text that tables name so (", manuals").
void claim_masked_and_scaled(Analysis& analysis, const std::vector<Finished>& all, const std::string& size, double rate,
                             const std::string& text);

/// The run with losses written down ten times on its way and, where the strategy splits, gradients.
PlannedRun watched(const Sizing& sizing, PlannedRun run);
/// The run with a relearning attack of so many steps at its end.
PlannedRun attacked(const Sizing& sizing, PlannedRun run, Index steps);
/// What it is to bring back of Spanish: all but half a nat of the forget loss, and the forget loss.
std::vector<Goal> story_goals();

/// The run on a share of the tokens, and what tables call it.
PlannedRun with_budget(PlannedRun run, double share);
std::string budget_name(const std::string& method, double share);

/// RMU's rate, as a share of training's, and its strength.
struct RmuSetting {
  double rate_share, strength;
};
/// The run of an unfiltered model, unlearned by RMU at its end, and attacked: more shortly than others, for it
/// relearns soon, and so looked at more often.
PlannedRun unlearned(const Sizing& sizing, PlannedRun none, const RmuSetting& setting);
PlannedRun story_unlearned(const Sizing& sizing, int seed, const RmuSetting& setting);

/// Of these shares of undiscovered documents those at which the size has enough documents on both sides for a run not
/// to be refused; the others are for larger data.
std::vector<double> possible_rates(const Sizing& sizing, const std::string& size, std::span<const double> rates);

/// Shares of undiscovered forget documents at which leakage is measured (paper, fig. 5b).
inline constexpr double leak_rates[] = {0.05, 0.1, 0.2, 0.4};

/// The runs of the standard curve: training on all retain data and a share of the forget documents, which is what the
/// weak filter does where it misses them.
std::vector<PlannedRun> standard_runs(const Sizing& sizing, const std::string& size);

}  // namespace sgtm
