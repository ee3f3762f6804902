#pragma once

#include <string>
#include <vector>

#include "core/files.hpp"

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

}  // namespace sgtm
