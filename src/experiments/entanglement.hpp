#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment entanglement();

}  // namespace sgtm
