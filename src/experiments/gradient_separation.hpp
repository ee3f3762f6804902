#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment gradient_separation();

}  // namespace sgtm
