#pragma once

#include <nlohmann/json.hpp>

#include "train/run_config.hpp"

namespace sgtm {

/// Training speed at two shapes beside this machine's rate of matrix products: tokens/s, GFLOP/s, peak memory in MB,
/// and the time of each label's step beside an unlabeled one's. Medians of `runs` runs after one that does not count.
nlohmann::ordered_json measure_speed(int runs);

/// What a whole run would take on this machine.
struct Estimate {
  double tokens, tokens_per_second, seconds;
  double bytes;  // of memory
};

/// Times a few unlabeled steps of this configuration, on random documents of `length` tokens. Throws Error where the
/// model does not fit into memory.
Estimate estimate(const RunConfig& config, Index length);

}  // namespace sgtm
