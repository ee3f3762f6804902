#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace sgtm {

/// Losses of some runs, each a name and its result.json, as a table: a row per run and state (trained, ablated,
/// calibrated), a column per source, each loss (nats per token) with its distance from the floor where that is known.
std::vector<std::vector<std::string>> loss_rows(
    const std::vector<std::pair<std::string, nlohmann::ordered_json>>& results);

/// The same as text.
std::string loss_table(const std::vector<std::pair<std::string, nlohmann::ordered_json>>& results);

}  // namespace sgtm
