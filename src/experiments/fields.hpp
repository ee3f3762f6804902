#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

/// Biology to be forgotten, and military history: the paper's two.
Experiment fields();
Experiment fields_second();

}  // namespace sgtm
