#pragma once

#include <string>

#include "lab/demos/trace.hpp"
#include "verify/gradients.hpp"

namespace sgtm {

// Each as an SVG whose colours follow the reader's light or dark setting.

/// The matrices of one masked block: for every label, which part of each weight learns, which has its gradient masked
/// or stopped, and which is zeroed.
std::string mask_picture(const RunConfig& config);

/// One block of the specimen, every entry of its matrices a cell, a row of matrices per strategy and label: blue where
/// the gradient is right, the darker the larger; empty where it has to be 0 and is; red where it is wrong.
std::string gradient_picture(const GradientReport& report, Index block);

/// The steps of a trace, an entry of the first split block's matrices a cell: for each label its gradient, what the
/// mask leaves of it, and what the optimizer moves. Red is forget's, blue retain's, grey joint, the stronger the
/// larger; empty is exactly zero. Of large matrices the entries around the border of the forget part are drawn, and of
/// W_Q, W_K and W_V, whose masks are the same, W_Q.
std::string step_picture(const Trace& trace);

}  // namespace sgtm
