#pragma once

#include <algorithm>

#include "core/matrix.hpp"

namespace sgtm {

/// sums[c] += term(0)[c] + term(1)[c] + ... in the order of the tokens, where term(t, from, size) is an expression for
/// features from ... from + size - 1 of token t. Threads share out features, never tokens: the order of every sum is
/// the same for any number of threads.
template <class Real, class Term>
void add_column_sums(Index tokens, RowRef<Real> sums, Term term) {
  constexpr Index slice = 64;  // features: four cache lines of floats
  const Index slices = (sums.size() + slice - 1) / slice;
#pragma omp parallel for schedule(static)
  for (Index s = 0; s < slices; ++s) {
    const Index from = s * slice, size = std::min(slice, sums.size() - from);
    auto sum = sums.segment(from, size);
    for (Index t = 0; t < tokens; ++t) sum += term(t, from, size);
  }
}

}  // namespace sgtm
