#pragma once

#include <string>

#include "verify/gradients.hpp"

namespace sgtm {

/// One block of the specimen as an SVG, every entry of its matrices a cell, a row of matrices per strategy and label:
/// blue where the gradient is right, the darker the larger; empty where it has to be 0 and is; red where it is wrong.
std::string gradient_picture(const GradientReport& report, Index block);

}  // namespace sgtm
