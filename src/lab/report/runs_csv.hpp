#pragma once

#include "lab/experiments/experiment.hpp"

namespace sgtm {

/// A line per run: what was planned, its losses and tokens.
std::string runs_csv(const std::vector<Finished>& runs);

}  // namespace sgtm
