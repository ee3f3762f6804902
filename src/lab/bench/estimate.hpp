#pragma once

#include "train/run_config.hpp"

namespace sgtm {

/// What a whole run would take on this machine.
struct Estimate {
  double tokens, tokens_per_second, seconds;
  double bytes;  // of memory
};

/// Times a few unlabeled steps of this configuration, on random documents of `length` tokens. Throws Error where the
/// model does not fit into memory.
Estimate estimate(const RunConfig& config, Index length);

}  // namespace sgtm
