#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

/// The sweep by which RMU got its settings.
Experiment fields_rmu();

}  // namespace sgtm
