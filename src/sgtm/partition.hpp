#pragma once

#include <functional>

#include "model/parameters.hpp"
#include "sgtm/strategy.hpp"

namespace sgtm {

/// Some rows and columns of one tensor. `tensor` points into the Layout.
struct TensorRange {
  const Tensor* tensor;
  IndexRange rows, columns;
  bool operator==(const TensorRange&) const = default;
};
using Ranges = std::vector<TensorRange>;

/// Who owns every parameter entry (Shilov et al. 2025, App. F).
/// Forget: ablation zeroes it. Retain: batches labeled forget give it no gradient. Joint: every batch trains it.
struct Partition {
  Ranges forget, retain, joint;
  const Ranges& of(Owner owner) const {
    return owner == Owner::forget ? forget : owner == Owner::retain ? retain : joint;
  }
};

/// The last `forget_heads` heads and `forget_units` MLP units of the masked blocks are forget. Throws Error where the
/// split asks for more than the model has.
Partition make_partition(const Layout& layout, const ModelConfig& config, const SplitConfig& split,
                         const Strategy& strategy);

/// Calls visit(offset, size) for all entries of the ranges, as many consecutive ones at a time as there are.
void for_each_range(const Ranges& ranges, const std::function<void(Index, Index)>& visit);

/// The number of entries.
Index size(const Ranges& ranges);

/// Zeroes these entries: of a gradient (the selective gradient mask), of parameters (ablation).
template <class Real>
void zero(Flat<Real>& flat, const Ranges& ranges);

/// Multiplies them.
template <class Real>
void scale(Flat<Real>& flat, const Ranges& ranges, Real factor);

}  // namespace sgtm
