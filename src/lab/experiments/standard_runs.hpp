#pragma once

#include "lab/tables/planned_run.hpp"

namespace sgtm {

/// Shares of undiscovered forget documents at which leakage is measured (paper, fig. 5b).
inline constexpr double leak_rates[] = {0.05, 0.1, 0.2, 0.4};

/// The runs of the standard curve: training on all retain data and a share of the forget documents, which is what the
/// weak filter does where it misses them.
std::vector<PlannedRun> standard_runs(const Sizing& sizing, const std::string& size);

}  // namespace sgtm
