#pragma once

#include <string>

#include "lab/demos/trace.hpp"

namespace sgtm {

/// A page, without a network, in which one steps through forward, backward, mask and optimizer, the labels side by
/// side, with the matrices of the first split block drawn entry by entry.
std::string trace_page(const Trace& trace);

}  // namespace sgtm
