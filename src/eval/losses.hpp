#pragma once

#include <array>
#include <map>

#include "model/network.hpp"
#include "sgtm/strategy.hpp"
#include "text/dataset.hpp"

namespace sgtm {

/// Documents are evaluated this many tokens at a time, as far as they fit.
inline constexpr Index evaluation_tokens = 4096;

/// Mean cross-entropy (nats per predicted token) on the held-out documents of every source that a data set has.
using Losses = std::map<Source, double>;
Losses held_out_losses(Network<float>& network, const ModelConfig& config, Flat<float>& parameters,
                       const Dataset& data);

/// The same for the documents of one file.
double mean_loss(Network<float>& network, const ModelConfig& config, Flat<float>& parameters, const TokenFile& file);

/// How many predicted tokens of a file have a loss of 0 to 1/4 nat, 1/4 to 1/2 and so on; the last bin has all above.
inline constexpr double loss_bin = 0.25;
using LossHistogram = std::array<Index, 101>;
LossHistogram loss_histogram(Network<float>& network, const ModelConfig& config, Flat<float>& parameters,
                             const TokenFile& file);

}  // namespace sgtm
