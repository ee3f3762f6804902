#pragma once

#include <map>

#include "model/network.hpp"
#include "sgtm/strategy.hpp"
#include "text/dataset.hpp"

namespace sgtm {

/// Mean cross-entropy (nats per predicted token) on the held-out documents of every source that a data set has.
using Losses = std::map<Source, double>;
Losses held_out_losses(Network<float>& network, const ModelConfig& config, Flat<float>& parameters,
                       const Dataset& data);

}  // namespace sgtm
