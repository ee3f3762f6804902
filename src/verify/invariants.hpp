#pragma once

#include <vector>

#include "verify/training_invariants.hpp"

namespace sgtm {

/// Tries all invariants; with a mistake in the optimizer, those that speak of it. Changes the number of
/// threads while it runs, and restores it.
std::vector<Invariant> verify_invariants(const InvariantSize& size, const OptimizerFault* fault);

}  // namespace sgtm
