#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment scaling();

}  // namespace sgtm
