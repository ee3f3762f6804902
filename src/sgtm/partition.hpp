#pragma once

#include <functional>

#include "model/parameters.hpp"
#include "sgtm/strategy.hpp"

namespace sgtm {

/// Some rows and columns of one tensor. `tensor` points into the Layout.
struct Slab {
  const Tensor* tensor;
  Span rows, columns;
};
using Region = std::vector<Slab>;

/// Who owns every parameter entry (Shilov et al. 2025, App. F). Forget: zeroed by ablation. Retain: everything else
/// that the split divides, and what the strategy keeps from forget batches. Joint: trained by every batch, never
/// ablated.
struct Partition {
  Region forget, retain, joint;
  Region& of(Owner owner);
  const Region& of(Owner owner) const { return const_cast<Partition*>(this)->of(owner); }
};

/// The last `forget_heads` heads and `forget_units` MLP units of the masked blocks are forget. Throws Error where the
/// split asks for more than the model has.
Partition make_partition(const Layout& layout, const ModelConfig& config, const SplitConfig& split, Strategy strategy);

/// Calls visit(offset, size) for every run of consecutive entries of the region.
void for_each_run(const Region& region, const std::function<void(Index, Index)>& visit);

/// The number of entries.
Index size(const Region& region);

/// Zeroes the region's entries: the selective gradient mask, and ablation.
template <class Real>
void zero(Flat<Real>& flat, const Region& region);

}  // namespace sgtm
