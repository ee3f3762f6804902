#pragma once

#include <string>
#include <vector>

#include "train/trainer.hpp"

namespace sgtm {

/// A sentence about training with SGTM, and what was found when it was tried.
struct Invariant {
  enum class Verdict { right, wrong, measured };  // measured: a number, not a pass or fail
  std::string sentence;
  Verdict verdict;
  std::string evidence;
};

inline Invariant::Verdict verdict_of(bool right) {
  return right ? Invariant::Verdict::right : Invariant::Verdict::wrong;
}

/// How many strategies have a forget part.
Index splitting_strategies();

/// How many entries of the ranges differ (0 and -0 are equal).
Index differing(const Flat<float>& a, const Flat<float>& b, const Ranges& ranges);

// What holds of a model, its masks and its ablation, whatever it has learned.

Invariant retain_batch_is_ablated_model();
Invariant ablation_zeroes_the_forget_part();
Invariant empty_forget_part_is_none();
Invariant skipping_changes_no_bit();
Invariant order_of_documents_is_rounding();

/// A mistake in an optimizer of three parameter groups, injected from outside: what it does after a step whose label
/// may not update `resting`.
struct OptimizerFault {
  const char* name;
  const char* what;
  void (*after_step)(Trainer& trainer, const Ranges& resting, double rate);
};

extern const std::vector<OptimizerFault> optimizer_faults;

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
