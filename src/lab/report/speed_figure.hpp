#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/figure.hpp"

namespace sgtm {

/// What `measure_speed` gives, as bars: each layer's GFLOP/s as a share of the library's rate, and what all of a step's
/// time would be at that rate.
Figure speed_figure(const nlohmann::ordered_json& speed);

}  // namespace sgtm
