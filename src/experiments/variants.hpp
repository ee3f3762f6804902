#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment variants();

}  // namespace sgtm
