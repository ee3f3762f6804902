#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "lab/demos/trace.hpp"

namespace sgtm {

/// What a trace found, without the matrices: texts, losses, masks per block, norms per owner.
nlohmann::ordered_json to_json(const Trace& trace);

/// Each label's step as text for a terminal.
std::string trace_text(const Trace& trace);

/// A page, without a network, in which one steps through forward, backward, mask and optimizer, the labels side by
/// side, with the matrices of the first split block drawn entry by entry.
std::string trace_page(const Trace& trace);

}  // namespace sgtm
