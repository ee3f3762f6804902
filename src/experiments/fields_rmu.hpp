#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

/// A sweep of RMU's settings.
Experiment fields_rmu();

}  // namespace sgtm
