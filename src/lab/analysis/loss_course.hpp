#pragma once

#include "lab/analysis/loss_figures.hpp"

namespace sgtm {

/// Two sources' calibrated losses through a run's training, by checkpoint; the first is the untrained model's.
LossCourse loss_course(const Finished& run, const Axes& axes = {});

/// At the loss on x with which `run` ends, how much higher its loss on y is than the other's was; seed by seed, where
/// the other method was ever so good at x.
std::vector<double> lead_at_end(const std::vector<const Finished*>& runs, const std::vector<const Finished*>& others,
                                const Axes& axes = {});

}  // namespace sgtm
