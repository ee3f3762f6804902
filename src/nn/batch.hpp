#pragma once

#include <vector>

#include "core/matrix.hpp"

namespace sgtm {

/// Documents laid end to end, without padding: document i is the tokens offsets[i] ... offsets[i + 1] - 1.
struct Batch {
  std::vector<int> tokens;
  std::vector<Index> offsets{0};

  Index size() const { return static_cast<Index>(tokens.size()); }
  Index documents() const { return static_cast<Index>(offsets.size()) - 1; }
  /// The places of document i's tokens.
  Span document(Index i) const {
    return {offsets[static_cast<std::size_t>(i)], offsets[static_cast<std::size_t>(i) + 1]};
  }
  void clear() { tokens.clear(), offsets.assign(1, 0); }
};

}  // namespace sgtm
