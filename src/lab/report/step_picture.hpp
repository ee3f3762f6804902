#pragma once

#include <string>

#include "lab/demos/trace.hpp"

namespace sgtm {

/// The steps of a trace as an SVG, an entry of the first split block's matrices a cell: for each label its gradient,
/// what the mask leaves of it, and what the optimizer moves. Red is forget's, blue retain's, grey joint, the stronger
/// the larger; empty is exactly zero. Of large matrices the entries around the border of the forget part are drawn, and
/// of W_Q, W_K and W_V, whose masks are the same, W_Q.
std::string step_picture(const Trace& trace);

}  // namespace sgtm
