#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment dual_model();

}  // namespace sgtm
