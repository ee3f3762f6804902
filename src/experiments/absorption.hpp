#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment absorption();

}  // namespace sgtm
