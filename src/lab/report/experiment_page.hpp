#pragma once

#include "lab/experiments/experiment.hpp"

namespace sgtm {

/// An experiment with what came out of it.
struct Told {
  const Experiment* experiment;
  std::vector<std::string> commands;  // that ask for these runs
  Analysis analysis;
  std::vector<Finished> runs;
  int done, planned;               // different runs; the table may give one several names
  std::vector<std::string> drawn;  // the figures, as SVG
};

/// One self-contained page: what there is and how it came out, and per experiment the question, the paper's finding,
/// figures, verdicts and a table.
std::string experiment_page(const std::vector<Told>& all);

}  // namespace sgtm
