#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment undiscovered();

}  // namespace sgtm
