#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment classifier_grid();

}  // namespace sgtm
