#pragma once

#include <cstdint>

#include "core/files.hpp"
#include "model/parameters.hpp"
#include "sgtm/strategy.hpp"

namespace sgtm {

/// Writes a golden case from this implementation, as tests/golden/README.md lays it out, so that others can hold their
/// masks against it: a model's parameters, or random ones where `parameters` is empty, random documents, and every
/// strategy's losses, gradients and trajectories. Throws Error for models above a million parameters.
void export_golden(const fs::path& stem, const ModelConfig& config, const SplitConfig& split, std::uint64_t seed,
                   const Flat<double>& parameters = {});

}  // namespace sgtm
