#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment forget_share();

}  // namespace sgtm
