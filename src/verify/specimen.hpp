#pragma once

#include "model/parameters.hpp"
#include "nn/batch.hpp"
#include "sgtm/strategy.hpp"

namespace sgtm {

/// A model and a batch on which every mistake shows: global and local blocks, a window shorter than the documents,
/// blocks that are split and blocks that are not, several forget heads, documents of different length, one of two
/// tokens, tokens that occur again and tokens that never do.
struct Specimen {
  ModelConfig config;
  SplitConfig split;
  Batch batch;
};
Specimen specimen();

/// Weights of standard deviation 0.25, gains around 1, so that no gradient is tiny.
Flat<double> specimen_parameters(const Layout& layout, std::uint64_t seed);

}  // namespace sgtm
