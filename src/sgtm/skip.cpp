#include "sgtm/skip.hpp"

namespace sgtm {
namespace {

/// Which entries of the parameters the gradient mask zeroes.
class MaskedEntries {
 public:
  MaskedEntries(const Ranges& gradient_mask, Index size) : masked_(Flat<bool>::Constant(size, false)) {
    for_each_range(gradient_mask, [&](Index offset, Index entries) { masked_.segment(offset, entries) = true; });
  }
  bool all(const Tensor& t) const { return rows(t, {0, t.rows}); }
  bool rows(const Tensor& t, IndexRange some) const { return rows_of(in(t), some).all(); }
  bool columns(const Tensor& t, IndexRange some) const { return columns_of(in(t), some).all(); }

 private:
  Eigen::Map<const Matrix<bool>> in(const Tensor& t) const { return {masked_.data() + t.offset, t.rows, t.columns}; }
  Flat<bool> masked_;
};

/// The range that is left of all units when those at either end that are masked are taken away.
template <class IsMasked>
IndexRange without_masked(Index units, IsMasked is_masked) {
  IndexRange left{0, units};
  while (left.size() > 0 && is_masked(left.begin)) ++left.begin;
  while (left.size() > 0 && is_masked(left.end - 1)) --left.end;
  return left;
}

RequiresGrad attention(const BlockLayout& b, const MaskedEntries& masked, const ModelConfig& config) {
  const auto part = [&](Index head) {
    return IndexRange{head * config.head_width(), (head + 1) * config.head_width()};
  };
  return {without_masked(config.heads,
                         [&](Index head) {
                           return masked.columns(b.w_q, part(head)) && masked.columns(b.w_k, part(head)) &&
                                  masked.columns(b.w_v, part(head));
                         }),
          without_masked(config.heads, [&](Index head) { return masked.rows(b.w_o, part(head)); }), !masked.all(b.b_o)};
}

RequiresGrad mlp(const BlockLayout& b, const MaskedEntries& masked, const ModelConfig& config) {
  const auto part = [](Index unit) { return IndexRange{unit, unit + 1}; };
  return {without_masked(
              config.mlp_width,
              [&](Index unit) { return masked.columns(b.w_1, part(unit)) && masked.columns(b.b_1, part(unit)); }),
          without_masked(config.mlp_width, [&](Index unit) { return masked.rows(b.w_2, part(unit)); }),
          !masked.all(b.b_2)};
}

}  // namespace

template <class Real>
MaskPlan<Real> skip_masked_work(MaskPlan<Real> masks, const Layout& layout, const ModelConfig& config) {
  for (auto* side : {&masks.activation.forward, &masks.activation.backward})
    for (BlockMask<Real>& block : *side) skip_zeros(block.heads), skip_zeros(block.units);
  const MaskedEntries masked(masks.gradient_mask, layout.size);
  masks.requires_grad.blocks.clear();
  for (const BlockLayout& b : layout.blocks) {
    const bool norms = !(masked.all(b.norm_1_gain) && masked.all(b.norm_1_bias) && masked.all(b.norm_2_gain) &&
                         masked.all(b.norm_2_bias));
    masks.requires_grad.blocks.push_back({attention(b, masked, config), mlp(b, masked, config), norms});
  }
  masks.requires_grad.embeddings = !(masked.all(layout.embedding) && masked.all(layout.position));
  return masks;
}

template MaskPlan<float> skip_masked_work(MaskPlan<float>, const Layout&, const ModelConfig&);
template MaskPlan<double> skip_masked_work(MaskPlan<double>, const Layout&, const ModelConfig&);

}  // namespace sgtm
