#pragma once

#include <vector>

#include "nn/batch.hpp"
#include "text/dataset.hpp"

/// A document's tokens, by which tests know it again: no two stories are alike.
using DocumentTokens = std::vector<int>;

inline std::vector<DocumentTokens> documents_in(const sgtm::TokenFile& file) {
  std::vector<DocumentTokens> all(static_cast<std::size_t>(file.documents()));
  for (std::size_t d = 0; d < all.size(); ++d) file.append(static_cast<sgtm::Index>(d), 1 << 20, all[d]);
  return all;
}

inline std::vector<DocumentTokens> documents_in(const sgtm::Batch& batch) {
  std::vector<DocumentTokens> all;
  for (sgtm::Index d = 0; d < batch.documents(); ++d) {
    const auto [begin, end] = batch.document(d);
    all.emplace_back(batch.tokens.begin() + begin, batch.tokens.begin() + end);
  }
  return all;
}
