#pragma once

#include <string>

#include "core/matrix.hpp"
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

}  // namespace sgtm
