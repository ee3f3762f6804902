#pragma once

#include <optional>

#include "lab/analysis/analysis.hpp"

namespace sgtm {

/// What of its compute a method wastes, as the law of the standard runs has it: those of the methods "none..." at all
/// sizes and numbers of tokens, of seeds that have all of the latter. The law is loss = floor + a C^-b, the floor being
/// 0, as in the paper, where nobody knows it: near a floor the paper's straight line in logarithms misses by a quarter
/// of the compute. The table also has the whole standard runs, whose penalties say how well the law fits.
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

inline constexpr double budgets[] = {0.25, 0.5, 1};  // of the standard runs: shares of a size's tokens

/// The law of what all standard runs are above the floor; none while no size and seed has all
/// budgets.
std::optional<PowerLaw> standard_law(const std::vector<Finished>& all, const char* source);
/// Percent, by seed; empty where there is no law, whose own uncertainty is not in their spread. C'/C is that of the run
/// over that of the standard run of its size and seed: sizes of models lie off a law of compute alone, so a standard
/// run's own penalty is not 0. It is what is returned of the method "none".
BySeed penalties(const std::vector<Finished>& all, const std::string& size, const std::string& method,
                 double undiscovered, const char* source);

}  // namespace sgtm
