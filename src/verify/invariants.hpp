#pragma once

#include <string>
#include <vector>

#include "verify/optimizer_faults.hpp"

namespace sgtm {

/// A sentence about training with SGTM, and what was found when it was tried.
struct Invariant {
  enum class Verdict { right, wrong, measured };  // measured: a number, not a pass or fail
  std::string sentence, evidence;
  Verdict verdict;
};

/// How large the runs are that the invariants are tried on.
struct InvariantSize {
  Index stories = 300;      // per language
  Index steps = 400;        // of the runs whose losses are measured
  std::uint64_t seeds = 3;  // of the same
};

/// Tries all of them; with a mistake in the optimizer, those that speak of it. Takes the number of threads for itself
/// and gives it back.
std::vector<Invariant> verify_invariants(const InvariantSize& size, const OptimizerFault* fault);

}  // namespace sgtm
