#pragma once

#include "train/run_config.hpp"

namespace sgtm {

/// Of a run's scheduled tokens those that are trained on, with half of them forget, as on stories: filters skip some.
double trained_tokens(const RunConfig& config);

/// What a run has to do, in tokens of training: its training, and roughly what its calibrations and its attack equal,
/// with documents half as long as the context; questions and RMU are not counted.
double work_of(const RunConfig& config);

}  // namespace sgtm
