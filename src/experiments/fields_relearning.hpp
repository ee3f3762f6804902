#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment fields_relearning();

}  // namespace sgtm
