#pragma once

#include <string>

#include "demos/trace.hpp"

namespace sgtm {

/// The steps of a trace as an SVG, every entry of the first split block's matrices a cell: a row per label
/// with its gradient, what the mask leaves of it, and what the optimizer moves. Red is forget's, blue retain's, grey
/// joint, the darker the larger; empty is exactly zero.
std::string step_picture(const Trace& trace);

}  // namespace sgtm
