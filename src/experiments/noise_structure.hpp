#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment noise_structure();

}  // namespace sgtm
