#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/figure.hpp"
#include "train/run_config.hpp"

namespace sgtm {

struct BenchOptions {
  int rounds = 7;     // of everything in turns, after one that does not count; medians count
  std::string shape;  // "laptop", "paper8m" or, empty, both
  std::string peer;   // a program as Peer in speed.cpp wants it; empty for none
  bool skip = true;   // leave out what the masks would zero, as training does
};

/// Training speed at two shapes: tokens/s; GFLOP/s of the matrix products that the mathematics needs, and their share
/// of the best library's rate; the time of each label's step beside an unlabeled one's; evaluation and sampling; what
/// threads gain; memory; and the time of every kind of layer. Throws Error where the peer fails.
nlohmann::ordered_json measure_speed(const BenchOptions& options);

/// What `measure_speed` gives, as bars: each layer's GFLOP/s as a share of the library's rate, and what all of a step's
/// time would be at that rate.
Figure speed_figure(const nlohmann::ordered_json& speed);

/// What a whole run would take on this machine.
struct Estimate {
  double tokens, tokens_per_second, seconds;
  double bytes;  // of memory
};

/// Times a few unlabeled steps of this configuration, on random documents of `length` tokens. Throws Error where the
/// model does not fit into memory.
Estimate estimate(const RunConfig& config, Index length);

}  // namespace sgtm
