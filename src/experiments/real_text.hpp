#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment real_text();

}  // namespace sgtm
