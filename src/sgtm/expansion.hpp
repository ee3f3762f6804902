#pragma once

#include "model/parameters.hpp"
#include "sgtm/strategy.hpp"

namespace sgtm {

/// A model of `config` with `units` more in each MLP, behind the others, where forget units are (expand, route, ablate:
/// Cloud et al. 2024). They compute something, drawn by the seed as at a model's start, and pass nothing on: their rows
/// of W_2 are 0, so that the model's first forward pass is the old one's to the bit. Returns its parameters.
Flat<float> with_units(const ModelConfig& config, const Flat<float>& parameters, Index units, std::uint64_t seed);

/// The configuration of a model without its forget units. Throws Error where that is no GPT-Neo: forget heads, or
/// blocks that are not split, can't be taken out.
ModelConfig config_without_units(const ModelConfig& config, const SplitConfig& split);

/// The parameters that stay.
Flat<float> without_units(const ModelConfig& config, const SplitConfig& split, const Flat<float>& parameters);

}  // namespace sgtm
