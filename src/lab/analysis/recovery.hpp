#pragma once

#include "lab/analysis/analysis.hpp"

namespace sgtm {

/// What a relearning attack is to bring back: the unfiltered model's forget loss, or its recall.
struct Goal {
  const char* name;       // in files
  const char* words;      // in texts
  Measure of_unfiltered;  // what is to be reached
  bool rising;            // it is of recall, which rises; losses fall
  const char* y_label;
};

/// The unfiltered model's forget loss, and so many nats above it.
Goal loss_goal(const char* name, const char* words, double nats);

/// Steps, and forget tokens, until the goal; all that were made where it is never reached.
struct Recovery {
  double steps, tokens;
  bool reached;
};

/// By seed.
using Recoveries = std::map<std::uint64_t, Recovery>;
/// Where the unfiltered model of that seed is there.
Recoveries recoveries(const Runs& attacked, const Runs& unfiltered, const Goal& goal);

/// Those of a filter whose retain loss is SGTM's (paper, fig. 12): by seed, on the straight line between its run on
/// half of the tokens and its whole run, or the nearer of the two.
Recoveries matched_recoveries(const Runs& half, const Runs& whole, const Runs& sgtm, const Runs& unfiltered,
                              const Goal& goal);

/// Steps of the first minus those of the second, seed by seed, where both reached the goal, or one did and the other
/// had no fewer steps: then the difference is at least that large.
std::vector<double> more_steps(const Recoveries& first, const Recoveries& second);

/// Over seeds: how long it took, and how many reached the goal.
struct MeanRecovery {
  Estimated steps, tokens;
  int reached;
};
MeanRecovery mean_recovery(const Recoveries& recovered);
/// "80.000 ± 9.000", "never in 1000", or "523.000 ± 200.000 (2 of 3 came back)": the others count with all their steps.
std::string recovery_text(const MeanRecovery& recovered);

/// Adds a row, `head` and then steps, tokens, and how many reached the goal, and returns the same for a summary.
nlohmann::ordered_json add_recovery_row(Analysis& analysis, std::vector<std::string> head, const Recoveries& recovered);

/// Attacked models of one kind, as a line of a figure.
struct AttackedModels {
  const char* title;
  const char* colour;
  Runs runs;
};
/// Their curves, means over seeds, and what they are to reach.
Figure recovery_figure(const std::string& title, const std::vector<AttackedModels>& models, const Runs& unfiltered,
                       const Goal& goal);

}  // namespace sgtm
