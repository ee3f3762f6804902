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
  IndexRange document(Index i) const {
    return {offsets[static_cast<std::size_t>(i)], offsets[static_cast<std::size_t>(i) + 1]};
  }
  void clear() { tokens.clear(), offsets.assign(1, 0); }
};

/// The target of a token after which nothing is to be predicted.
inline constexpr int no_target = -1;

/// What each token has to predict: the next one of its document, unless that is the end token, which closes every
/// document and is never a target.
void find_targets(const Batch& batch, std::vector<int>& targets);
/// How many tokens of the batch are predicted.
Index predicted_tokens(const Batch& batch);

}  // namespace sgtm
