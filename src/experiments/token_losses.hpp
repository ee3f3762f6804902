#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment token_losses();

}  // namespace sgtm
