#pragma once

#include "experiments/experiment.hpp"

namespace sgtm {

Experiment sound_setting();

}  // namespace sgtm
