#pragma once

#include <vector>

#include "model/network.hpp"
#include "sgtm/partition.hpp"
#include "text/dataset.hpp"
#include "text/source.hpp"

namespace sgtm {

/// The gradient of one document's loss. Nothing is masked.
struct DocumentGradient {
  Per<Owner, double> squared_norms{};  // over each owner's parameters
  /// The derivative by one factor on all forget heads and units together: below 0 where the document would have more of
  /// them.
  double forget_mask = 0;
  /// Of the whole squared norm, the part that falls on forget parameters: where a document's knowledge goes.
  double absorbed_share() const;
};

/// For the first `documents` documents of a file.
std::vector<DocumentGradient> document_gradients(Network<float>& network, const Layout& layout,
                                                 const Partition& partition, const SplitConfig& split,
                                                 const Strategy& strategy, Flat<float>& parameters,
                                                 const TokenFile& file, Index documents);

}  // namespace sgtm
