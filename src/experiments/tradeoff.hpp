#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment tradeoff();

}  // namespace sgtm
