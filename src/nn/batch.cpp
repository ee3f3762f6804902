#include "nn/batch.hpp"

namespace sgtm {

void find_targets(const Batch& batch, std::vector<int>& targets) {
  targets.assign(batch.tokens.size(), no_target);
  for (Index d = 0; d < batch.documents(); ++d) {
    const auto [begin, end] = batch.document(d);
    for (Index t = begin; t + 2 < end; ++t)
      targets[static_cast<std::size_t>(t)] = batch.tokens[static_cast<std::size_t>(t + 1)];
  }
}

Index predicted_tokens(const Batch& batch) {
  return batch.size() - 2 * batch.documents();  // neither the first token of a document nor its end token
}

}  // namespace sgtm
