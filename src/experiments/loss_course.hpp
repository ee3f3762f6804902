#pragma once

#include <utility>
#include <vector>

#include "experiments/loss_figures.hpp"

namespace sgtm {

/// Two sources' calibrated losses through a run's training, by checkpoint.
using LossCourse = std::vector<std::pair<double, double>>;

LossCourse course_of(const Finished& run, const Axes& axes = {});
/// Adds the means of several seeds' courses, from checkpoint `first` on (0 is the untrained model).
void add_mean_course(Series& line, const std::vector<const Finished*>& runs, const Axes& axes = {},
                     std::size_t first = 0);

/// At the loss on x with which `run` ends, how much higher its loss on y is than the other's was; seed by seed, where
/// the other method was ever so good at x.
std::vector<double> lead_at_end(const std::vector<const Finished*>& runs, const std::vector<const Finished*>& others,
                                const Axes& axes = {});

}  // namespace sgtm
