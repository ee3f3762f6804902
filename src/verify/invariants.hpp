#pragma once

#include <vector>

#include "verify/training_invariants.hpp"

namespace sgtm {

/// Tries all invariants; with a mistake in the optimizer, those that speak of it. Takes the number of threads for
/// itself and gives it back.
std::vector<Invariant> verify_invariants(const InvariantSize& size, const OptimizerFault* fault);

}  // namespace sgtm
