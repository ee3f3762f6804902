#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

/// An experiment with what came out of it.
struct Told {
  const Experiment* experiment;
  Analysis analysis;
  std::vector<Finished> runs;
  int planned;
  std::vector<std::string> drawn;  // the figures, as SVG
};

/// One self-contained page: per experiment the question, the paper's finding, ours as table, figures and verdicts, and
/// the command.
std::string experiment_page(const std::vector<Told>& all);

/// A line per run: what was planned, its losses and tokens.
std::string runs_csv(const std::vector<Finished>& runs);

}  // namespace sgtm
