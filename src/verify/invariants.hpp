#pragma once

#include <vector>

#include "verify/model_invariants.hpp"
#include "verify/optimizer_faults.hpp"

namespace sgtm {

/// The runs that the invariants are tried on.
struct InvariantSize {
  Index stories = 300;      // per language
  Index steps = 400;        // of the runs whose losses are measured
  std::uint64_t seeds = 3;  // of the same
  bool skip = true;         // as training does (sgtm/skip.hpp)
};

/// Tries all invariants; with a mistake in the optimizer, those that speak of it. Changes the number of
/// threads while it runs, and restores it.
std::vector<Invariant> verify_invariants(const InvariantSize& size, const OptimizerFault* fault);

}  // namespace sgtm
