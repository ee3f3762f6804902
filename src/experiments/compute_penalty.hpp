#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment compute_penalty_runs();

}  // namespace sgtm
