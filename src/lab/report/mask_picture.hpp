#pragma once

#include <string>

#include "train/run_config.hpp"

namespace sgtm {

/// The matrices of one masked block as an SVG: for every label, which part of each weight learns, which is
/// gradient_mask, stopped or zeroed. Colours follow the reader's light or dark setting.
std::string mask_picture(const RunConfig& config);

}  // namespace sgtm
