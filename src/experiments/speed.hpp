#pragma once

#include <nlohmann/json.hpp>

#include "train/run_config.hpp"

namespace sgtm {

struct BenchOptions {
  int runs = 5;       // after one that does not count; their median counts
  std::string shape;  // "laptop", "paper8m" or, empty, both
  std::string peer;   // a program that, given a shape's name, ends by printing its tokens/s; empty for none
};

/// Training speed at two shapes: tokens/s; GFLOP/s of the matrix products that the mathematics needs, and their share
/// of the best library's rate; the time of each label's step beside an unlabeled one's; what threads gain; memory; and
/// the time of every kind of layer. Throws Error where the peer fails.
nlohmann::ordered_json measure_speed(const BenchOptions& options);

/// What a whole run would take on this machine.
struct Estimate {
  double tokens, tokens_per_second, seconds;
  double bytes;  // of memory
};

/// Times a few unlabeled steps of this configuration, on random documents of `length` tokens. Throws Error where the
/// model does not fit into memory.
Estimate estimate(const RunConfig& config, Index length);

}  // namespace sgtm
