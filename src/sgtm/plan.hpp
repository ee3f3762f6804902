#pragma once

#include "model/network.hpp"
#include "sgtm/partition.hpp"

namespace sgtm {

/// What a batch of one label does in a training step. The whole method is in these things.
template <class Real>
struct MaskPlan {
  ActivationMasks<Real> activation;  // forward: keep or zero each head and unit; backward: pass or stop its gradient
  Ranges gradient_mask;              // entries whose gradient is zeroed before the optimizer sees it
  Ranges scaled;                     // entries whose gradient is multiplied by `scale` before that
  Real scale = 1;
  std::vector<Owner> trainable;       // whose entries step under --optimizer split; under joint all step
  NetworkRequiresGrad requires_grad;  // which gradients are computed: all, unless `skip_masked_work` took some out
};

/// | label     | activation mask    | stop-gradient      | gradient mask                    | trainable     |
/// |-----------|--------------------|--------------------|----------------------------------|---------------|
/// | forget    | the strategy's row | the strategy's row | retain, where the strategy masks | forget, joint |
/// |           |                    |                    | gradients or the split asks      |               |
/// | unlabeled | keep all           | pass all           | nothing                          | all           |
/// | retain    | zero forget        | stop at forget     | nothing                          | retain, joint |
///
/// `forget_gradient` scales the forget part's gradient on batches labeled forget, under every strategy that splits.
/// A batch labeled retain needs no gradient mask: behind a factor of 0, forget parameters get no gradient (nn/mlp.hpp).
/// The partition must be of the same strategy. All of it is computed and then masked; see sgtm/skip.hpp.
template <class Real>
MaskPlan<Real> plan(const Strategy& strategy, Label label, const Partition& partition, const ModelConfig& config,
                    const SplitConfig& split);

}  // namespace sgtm
