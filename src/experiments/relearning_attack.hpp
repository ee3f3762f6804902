#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment relearning_attack();

}  // namespace sgtm
