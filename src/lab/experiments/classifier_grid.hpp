#pragma once

#include <span>

#include "lab/analysis/analysis.hpp"

namespace sgtm::classifier_grid {

/// The classifiers of the paper's figure 11.
inline constexpr double missed[] = {0, 0.2, 0.5};     // 1 - true positive rate
inline constexpr double mistaken[] = {0, 0.05, 0.2};  // false positive rates

/// The runs of a method with one of these classifiers.
using CellRuns = std::function<Runs(const char* method, double undiscovered, double fpr)>;

/// What is measured of them: a line per compared method and false positive rate, against the true positive rate.
Figure grid_figure(const std::string& title, const std::string& y_label, std::span<const char* const> compared,
                   const CellRuns& runs, const Measure& measure);

}  // namespace sgtm::classifier_grid
