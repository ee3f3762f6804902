#pragma once

#include <optional>

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

/// Percent, given the law of all standard runs; none while those are of fewer than three amounts of compute.
std::optional<double> penalty(const std::vector<Finished>& all, const Finished& run, const char* source);
/// By seed. The law's own uncertainty is not in their spread.
std::vector<double> penalties(const std::vector<Finished>& all, const std::string& size, const char* method,
                              double undiscovered, const char* source);

}  // namespace sgtm
