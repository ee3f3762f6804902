#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment leakage_runs();

}  // namespace sgtm
