#pragma once

#include <string>
#include <vector>

#include "core/files.hpp"
#include "model/parameters.hpp"
#include "sgtm/strategy.hpp"

namespace sgtm {

/// Equal mathematics in double agrees to 1e-10; above this limit something is wrong.
inline constexpr double golden_tolerance = 1e-9;

/// One tensor or number against its golden counterpart.
struct GoldenComparison {
  std::string group;   // "forward", "losses", "gradients", "trajectories", "calibration"
  std::string key;     // what was run, as in "sgtm/forget"
  std::string tensor;  // as GPT-Neo names it, or what number it is
  double error;        // ||ours - golden|| / ||golden||, or ||ours|| where golden is 0
};

/// Runs everything that a golden case holds, whatever its shape: losses, hidden states, logits, per-token losses,
/// masked gradients, training trajectories, calibration; `skip` as in sgtm/skip.hpp. Throws Error for a case that is
/// cut or contradicts itself.
std::vector<GoldenComparison> verify_golden(const fs::path& stem, bool skip = true);

/// Writes a golden case from this implementation, as tests/golden/README.md lays it out, so that others can hold their
/// masks against it: a model's parameters, or random ones where `parameters` is empty, random documents, and every
/// strategy's losses, gradients and trajectories. Throws Error for models above a million parameters.
void export_golden(const fs::path& stem, const ModelConfig& config, const SplitConfig& split, std::uint64_t seed,
                   const Flat<double>& parameters = {});

}  // namespace sgtm
