#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

/// What of its compute a method wastes, as the law of the standard runs has it: those of the methods "none..." at all
/// sizes and numbers of tokens.
struct PenaltyTable {
  struct Column {
    const char* source;
    const char* title;
    const char* figure;  // its file's name
  };
  std::vector<const char*> methods;
  double undiscovered;
  std::vector<Column> columns;
};
Analysis penalty_analysis(const std::vector<Finished>& all, const PenaltyTable& table);

/// Percent, by seed, given the law of all seeds, whose own uncertainty is not in their spread; empty while the standard
/// runs are of fewer than three amounts of compute.
std::vector<double> penalties(const std::vector<Finished>& all, const std::string& size, const char* method,
                              double undiscovered, const char* source);

Experiment compute_penalty_runs();

}  // namespace sgtm
