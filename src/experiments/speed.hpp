#pragma once

#include <nlohmann/json.hpp>

namespace sgtm {

/// Training speed at two shapes beside this machine's rate of matrix products: tokens/s, GFLOP/s, peak memory in MB,
/// and the time of each label's step beside an unlabeled one's. Medians of `runs` runs after one that does not count.
nlohmann::ordered_json measure_speed(int runs);

}  // namespace sgtm
