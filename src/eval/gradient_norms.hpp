#pragma once

#include <array>
#include <vector>

#include "model/network.hpp"
#include "sgtm/partition.hpp"
#include "text/dataset.hpp"

namespace sgtm {

/// For one document, the squared norm of the loss's gradient over each owner's parameters, indexed by Owner. Nothing is
/// masked.
using SquaredNorms = std::array<double, 3>;

/// For the first `documents` documents of a file.
std::vector<SquaredNorms> gradient_norms(Network<float>& network, const Layout& layout, const Partition& partition,
                                         Flat<float>& parameters, const TokenFile& file, Index documents);

/// Of the whole squared norm, the part that falls on forget parameters: where a document's knowledge goes.
double absorbed_share(const SquaredNorms& norms);

}  // namespace sgtm
