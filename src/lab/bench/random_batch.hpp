#pragma once

#include "core/random.hpp"
#include "nn/batch.hpp"

namespace sgtm {

/// Equally long documents of random tokens, for timing; the same at every call.
inline Batch random_batch(Index vocabulary, Index documents, Index length) {
  Random random(1, "timing");
  Batch batch;
  for (Index d = 0; d < documents; ++d) {
    for (Index t = 0; t < length; ++t)
      batch.tokens.push_back(static_cast<int>(random.below(static_cast<std::uint64_t>(vocabulary))));
    batch.offsets.push_back(batch.size());
  }
  return batch;
}

}  // namespace sgtm
