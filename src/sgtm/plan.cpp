#include "sgtm/plan.hpp"

namespace sgtm {
namespace {

/// 0 for the units (heads) of the part, 1 for the others; the last `forget` of them are the forget part.
template <class Real>
UnitMask<Real> mask_of(Part part, Index units, Index forget) {
  Row<Real> factor = Row<Real>::Ones(units);
  if (part == Part::forget) factor.tail(forget).setZero();
  if (part == Part::retain) factor.head(units - forget).setZero();
  return unit_mask(std::move(factor));
}

/// The part's heads and units get 0 in every masked block.
template <class Real>
std::vector<BlockMask<Real>> masks_of(Part part, const Strategy& strategy, const ModelConfig& config,
                                      const SplitConfig& split) {
  std::vector<BlockMask<Real>> masks;
  for (Index i = 0; i < config.blocks; ++i) {
    const Part units = split.masks(i) ? part : Part::nothing;
    const Part heads = strategy.joint_attention ? Part::nothing : units;
    masks.push_back({mask_of<Real>(heads, config.heads, split.forget_heads),
                     mask_of<Real>(units, config.mlp_width, split.forget_units)});
  }
  return masks;
}

}  // namespace

template <class Real>
MaskPlan<Real> plan(const Strategy& strategy, Label label, const Partition& partition, const ModelConfig& config,
                    const SplitConfig& split) {
  Part zeroed = Part::nothing, stop_gradient = Part::nothing;
  MaskPlan<Real> masks;
  masks.trainable = {Owner::forget, Owner::retain, Owner::joint};
  if (label == Label::forget && strategy.splits) {
    zeroed = strategy.zeroed;
    stop_gradient = strategy.stop_gradient;
    // SGTM masks. A strategy that stops gradients instead has 0 in its retain gradients already, but for those that
    // the split asks for: of embeddings and norms, or of all that would be joint.
    if (strategy.masks_gradient || split.mask_embeddings || split.mask_joint) masks.gradient_mask = partition.retain;
    masks.trainable = {Owner::forget, Owner::joint};
    masks.scale = static_cast<Real>(split.forget_gradient);
    if (masks.scale != 1) masks.scaled = partition.forget;
  }
  if (label == Label::retain && strategy.splits) {
    zeroed = stop_gradient = Part::forget;
    masks.trainable = {Owner::retain, Owner::joint};
  }
  masks.activation = {masks_of<Real>(zeroed, strategy, config, split),
                      masks_of<Real>(stop_gradient, strategy, config, split)};
  masks.requires_grad = all_require_grad(config);
  return masks;
}

#define INSTANTIATE(Real) \
  template MaskPlan<Real> plan(const Strategy&, Label, const Partition&, const ModelConfig&, const SplitConfig&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace sgtm
