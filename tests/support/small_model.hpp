#pragma once

#include <omp.h>

#include "core/random.hpp"
#include "model/network.hpp"

/// A model that has everything (global and local blocks, several heads) and is small enough for any test.
inline sgtm::ModelConfig small_config() {
  sgtm::ModelConfig c;
  c.vocabulary = 40;
  c.context = 20;
  c.width = 16;
  c.blocks = 3;
  c.heads = 4;
  c.mlp_width = 24;
  c.window = 5;
  return c;
}

/// Documents of several lengths, the shortest of one token and the end token.
inline sgtm::Batch small_batch(std::uint64_t seed = 1) {
  sgtm::Batch batch;
  sgtm::Random random(seed, "small batch");
  for (const int length : {12, 2, 20, 7}) {
    for (int t = 0; t + 1 < length; ++t) batch.tokens.push_back(static_cast<int>(random.below(39)));
    batch.tokens.push_back(39);
    batch.offsets.push_back(batch.size());
  }
  return batch;
}

/// Start parameters with every entry large enough to matter.
template <class Real>
sgtm::Flat<Real> small_parameters(const sgtm::ModelConfig& config, const sgtm::Layout& layout) {
  sgtm::Flat<Real> flat = sgtm::initial_parameters<Real>(config, layout, 3);
  sgtm::Random random(4, "small parameters");
  for (const sgtm::Tensor* t : layout.tensors())
    for (sgtm::Index i = 0; i < t->size(); ++i) flat[t->offset + i] += static_cast<Real>(0.2 * random.normal());
  return flat;
}
