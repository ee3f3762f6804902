#pragma once

#include "model/network.hpp"
#include "sgtm/partition.hpp"

namespace sgtm {

/// What one batch label means for one step; the whole method is in these four things.
template <class Real>
struct MaskPlan {
  Gates<Real> gates;             // forward: keep or silence each head and unit; backward: pass or stop its gradient
  Region frozen;                 // entries whose gradient is zeroed before the optimizer sees it
  std::vector<Owner> trainable;  // whose entries a split optimizer may step
  WantedGradients wanted;        // what `frozen` leaves: the fast path computes nothing else
};

/// | label     | forward               | backward              | frozen                       | trainable      |
/// |-----------|-----------------------|-----------------------|------------------------------|----------------|
/// | forget    | the strategy's row    | the strategy's row    | retain, where strategy or    | forget, joint  |
/// |           |                       |                       | masks of embeddings say so   |                |
/// | unlabeled | keep all              | pass all              | nothing                      | all            |
/// | retain    | silence forget        | stop forget           | nothing: their gradients are | retain, joint  |
/// |           |                       |                       | zero by themselves           |                |
///
/// The partition must be of the same strategy.
template <class Real>
MaskPlan<Real> plan(Strategy strategy, Label label, const Partition& partition, const Layout& layout,
                    const ModelConfig& config, const SplitConfig& split);

/// The gradient of the batch's mean loss, masked as the plan says: forward, backward, mask. Overwrites `gradient` and
/// returns the loss.
template <class Real>
double masked_gradient(Network<Real>& network, Flat<Real>& parameters, const Batch& batch, const MaskPlan<Real>& masks,
                       Flat<Real>& gradient);

/// The same plan in the explicit way: every activation and gradient is computed, then multiplied by its mask. The
/// specification that the fast way is held against, bit for bit.
template <class Real>
MaskPlan<Real> explicit_plan(MaskPlan<Real> fast);

}  // namespace sgtm
