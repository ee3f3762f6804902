#pragma once

#include <string>

#include "sgtm/partition.hpp"

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

}  // namespace sgtm
