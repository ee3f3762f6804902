#pragma once

#include <vector>

#include "core/matrix.hpp"

namespace sgtm {

/// One factor per MLP unit, or per attention head, of one layer.
///
/// As an *activation mask* it multiplies the unit's activation (the head's output): 1 keeps it, 0 zeroes it.
/// As a *stop-gradient* it multiplies the gradient on its way back through the unit: 1 passes it, 0 stops it.
/// Any other number weighs it. What a mask is for, the layers do not know.
template <class Real>
struct UnitMask {
  Row<Real> factor;
  std::vector<IndexRange> computed;  // what the layer computes: all units, unless `skip_zeros` took some out
};

/// Every unit is computed, then multiplied by its factor.
template <class Real>
UnitMask<Real> unit_mask(Row<Real> factor) {
  const Index units = factor.size();
  return {std::move(factor), {{0, units}}};
}

template <class Real>
UnitMask<Real> keep_all(Index units) {
  return unit_mask<Real>(Row<Real>::Ones(units));
}

/// Leaves out the units whose factor is 0. The result has the same bits: a product may leave out terms that are 0.
template <class Real>
void skip_zeros(UnitMask<Real>& mask) {
  mask.computed.clear();
  for (Index i = 0; i < mask.factor.size(); ++i) {
    if (mask.factor[i] == 0) continue;
    if (mask.computed.empty() || mask.computed.back().end != i) mask.computed.push_back({i, i});
    mask.computed.back().end = i + 1;
  }
}

/// The indices that lie in both; empty (begin == end) where there are none.
inline IndexRange common(IndexRange a, IndexRange b) {
  const Index begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}

/// Calls work(range) for everything that lies in a range of both lists.
template <class Work>
void for_common(const std::vector<IndexRange>& a, const std::vector<IndexRange>& b, Work work) {
  for (const IndexRange& first : a)
    for (const IndexRange& second : b)
      if (const IndexRange both = common(first, second); both.size() > 0) work(both);
}

/// Which parameter gradients of an attention or MLP layer are computed.
struct RequiresGrad {
  IndexRange inputs;        // units (heads) whose columns of W_1 and b_1 (W_Q, W_K and W_V)
  IndexRange outputs;       // units (heads) whose rows of W_2 (W_O)
  bool output_bias = true;  // b_2 (b_O)
};

}  // namespace sgtm
