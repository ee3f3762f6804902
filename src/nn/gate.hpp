#pragma once

#include <vector>

#include "core/matrix.hpp"

namespace sgtm {

/// One factor per MLP unit, or per attention head, of one layer. A forward gate multiplies the unit's activation (the
/// head's output): 1 keeps it, 0 silences it, anything between weighs it. A backward gate multiplies the gradient on
/// its way through the unit: 1 passes it, 0 stops it. The layers know no more than that of what the gates are for.
template <class Real>
struct Gate {
  Row<Real> factor;
  /// The runs of units whose factor is not 0. Layers compute these and nothing else; the result is the same to the bit
  /// as computing everything and multiplying, which `explicit_gate` makes them do.
  std::vector<Span> open;
};

template <class Real>
Gate<Real> make_gate(Row<Real> factor) {
  Gate<Real> gate{std::move(factor), {}};
  for (Index i = 0; i < gate.factor.size(); ++i) {
    if (gate.factor[i] == 0) continue;
    if (gate.open.empty() || gate.open.back().end != i) gate.open.push_back({i, i});
    gate.open.back().end = i + 1;
  }
  return gate;
}

template <class Real>
Gate<Real> open_gate(Index units) {
  return make_gate<Real>(Row<Real>::Ones(units));
}

/// The specification of a gate: every unit is computed, then multiplied by its factor.
template <class Real>
Gate<Real> explicit_gate(Row<Real> factor) {
  const Index units = factor.size();
  return {std::move(factor), {{0, units}}};
}

/// The indices that lie in both; empty (begin == end) where there are none.
inline Span common(Span a, Span b) {
  const Index begin = std::max(a.begin, b.begin);
  return {begin, std::max(begin, std::min(a.end, b.end))};
}

/// Calls work(span) for every run of indices that lies in a span of both lists.
template <class Work>
void for_common(const std::vector<Span>& a, const std::vector<Span>& b, Work work) {
  for (const Span& first : a)
    for (const Span& second : b)
      if (const Span both = common(first, second); both.size() > 0) work(both);
}

/// Which parameter gradients of an attention or MLP layer someone will look at; the others need not be computed.
/// `inputs`: units (heads) whose columns of W_1, b_1 (W_Q, W_K, W_V) are wanted; `outputs`: units (heads) whose rows of
/// W_2 (W_O) are; `output_bias`: b_2 (b_O).
struct Wanted {
  Span inputs, outputs;
  bool output_bias = true;
};

}  // namespace sgtm
