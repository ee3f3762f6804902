#include "sgtm/plan.hpp"

#include <algorithm>

namespace sgtm {
namespace {

/// 0 for the units (heads) of the part, 1 for the others; the last `forget` are forget.
template <class Real>
Gate<Real> gate_against(Part part, Index units, Index forget) {
  Row<Real> factor = Row<Real>::Ones(units);
  if (part == Part::forget) factor.tail(forget).setZero();
  if (part == Part::retain) factor.head(units - forget).setZero();
  return make_gate(std::move(factor));
}

/// Gates that close `part` in every masked block.
template <class Real>
std::vector<BlockGate<Real>> gates_against(Part part, Strategy strategy, const ModelConfig& config,
                                           const SplitConfig& split) {
  std::vector<BlockGate<Real>> gates;
  for (Index i = 0; i < config.blocks; ++i) {
    const Part units = split.masks(i) ? part : Part::nothing;
    const Part heads = strategy.joint_attention ? Part::nothing : units;
    gates.push_back({gate_against<Real>(heads, config.heads, split.forget_heads),
                     gate_against<Real>(units, config.mlp_width, split.forget_units)});
  }
  return gates;
}

/// Removes the frozen slabs from what is wanted. A slab covers whole rows or whole columns, at either end.
WantedGradients wanted_without(const Region& frozen, const Layout& layout, const ModelConfig& config) {
  WantedGradients wanted;
  const Span heads{0, config.heads}, units{0, config.mlp_width};
  for (Index i = 0; i < config.blocks; ++i) wanted.blocks.push_back({{heads, heads}, {units, units}});
  const auto cut = [](Span& span, Span gone) {
    if (gone.begin <= span.begin) span.begin = std::max(span.begin, std::min(gone.end, span.end));
    if (gone.end >= span.end) span.end = std::min(span.end, std::max(gone.begin, span.begin));
  };
  const auto in_heads = [&](Span columns) {
    return Span{columns.begin / config.head_width(), columns.end / config.head_width()};
  };
  for (const auto& [tensor, rows, columns] : frozen) {
    if (tensor == &layout.embedding) wanted.embeddings = false;
    for (std::size_t i = 0; i < layout.blocks.size(); ++i) {
      const BlockLayout& b = layout.blocks[i];
      WantedGradients::Block& block = wanted.blocks[i];
      if (tensor == &b.norm_1_gain) block.norms = false;
      if (tensor == &b.w_q) cut(block.heads.inputs, in_heads(columns));
      if (tensor == &b.w_o) cut(block.heads.outputs, in_heads(rows));
      if (tensor == &b.b_o) block.heads.output_bias = false;
      if (tensor == &b.w_1) cut(block.units.inputs, columns);
      if (tensor == &b.w_2) cut(block.units.outputs, rows);
      if (tensor == &b.b_2) block.units.output_bias = false;
    }
  }
  return wanted;
}

}  // namespace

template <class Real>
MaskPlan<Real> plan(Strategy strategy, Label label, const Partition& partition, const Layout& layout,
                    const ModelConfig& config, const SplitConfig& split) {
  Part silenced = Part::nothing, stopped = Part::nothing;
  Region frozen;
  std::vector<Owner> trainable(owners.begin(), owners.end());
  if (label == Label::forget && strategy.splits) {
    silenced = strategy.silenced;
    stopped = strategy.stopped;
    // Where a strategy stops gradients instead, this freezes besides only what the split masks: embeddings and norms,
    // or with mask_joint all that is joint.
    if (strategy.freezes || split.mask_embeddings || split.mask_joint) frozen = partition.retain;
    trainable = {Owner::forget, Owner::joint};  // which only a split optimizer heeds
  }
  if (label == Label::retain && strategy.splits) {
    silenced = stopped = Part::forget;
    trainable = {Owner::retain, Owner::joint};
  }
  const WantedGradients wanted = wanted_without(frozen, layout, config);
  return {
      {gates_against<Real>(silenced, strategy, config, split), gates_against<Real>(stopped, strategy, config, split)},
      std::move(frozen),
      std::move(trainable),
      wanted};
}

template <class Real>
MaskPlan<Real> explicit_plan(MaskPlan<Real> fast) {
  for (auto* side : {&fast.gates.forward, &fast.gates.backward})
    for (BlockGate<Real>& block : *side) block = {explicit_gate(block.heads.factor), explicit_gate(block.units.factor)};
  for (std::size_t i = 0; i < fast.wanted.blocks.size(); ++i) {
    const Span heads{0, fast.gates.forward[i].heads.factor.size()}, units{0, fast.gates.forward[i].units.factor.size()};
    fast.wanted.blocks[i] = {{heads, heads}, {units, units}};
  }
  fast.wanted.embeddings = true;
  return fast;
}

template <class Real>
double masked_gradient(Network<Real>& network, Flat<Real>& parameters, const Batch& batch, const MaskPlan<Real>& masks,
                       Flat<Real>& gradient) {
  gradient = Flat<Real>::Zero(parameters.size());
  network.forward(parameters, batch, masks.gates.forward);
  const double loss = network.backward(parameters, batch, masks.gates, masks.wanted, predicted_tokens(batch), gradient);
  zero(gradient, masks.frozen);
  return loss;
}

template double masked_gradient(Network<float>&, Flat<float>&, const Batch&, const MaskPlan<float>&, Flat<float>&);
template double masked_gradient(Network<double>&, Flat<double>&, const Batch&, const MaskPlan<double>&, Flat<double>&);
template MaskPlan<float> plan(Strategy, Label, const Partition&, const Layout&, const ModelConfig&, const SplitConfig&);
template MaskPlan<double> plan(Strategy, Label, const Partition&, const Layout&, const ModelConfig&,
                               const SplitConfig&);
template MaskPlan<float> explicit_plan(MaskPlan<float>);
template MaskPlan<double> explicit_plan(MaskPlan<double>);

}  // namespace sgtm
