#pragma once

#include <array>

#include "experiments/experiment.hpp"
#include "experiments/recovery.hpp"

namespace sgtm {

/// What the attacks on the encyclopedia's models are to bring back: the forget loss, and the answers.
extern const std::array<Goal, 2> relearning_goals;

Experiment fields_relearning();

}  // namespace sgtm
