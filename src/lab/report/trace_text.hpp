#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "lab/demos/trace.hpp"

namespace sgtm {

/// What a trace found, without the matrices: texts, losses, masks per block, norms per owner.
nlohmann::ordered_json to_json(const Trace& trace);

/// Each label's step as text for a terminal.
std::string trace_text(const Trace& trace);

}  // namespace sgtm
