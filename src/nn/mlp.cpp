#include "nn/mlp.hpp"

#include "core/parallel.hpp"
#include "nn/gelu.hpp"
#include "nn/linear.hpp"

namespace sgtm {

namespace {

// Tokens that one thread takes through the layer at once: few enough that their units stay in its second-level cache
// between one product and the next, many enough to repay the packing of W_1 and W_2.
constexpr Index token_block = 128;

}  // namespace

template <class Real>
void mlp_forward(ConstMatrixRef<Real> x, const MlpView<Real>& p, const UnitMask<Real>& mask, MatrixRef<Real> stream,
                 SavedMlp<Real>& saved) {
  for_row_blocks(x.rows(), token_block, [&](IndexRange some) {
    auto y = rows_of(stream, some);
    y.rowwise() += p.b_2;
    for (const IndexRange& range : mask.computed) {
      const Index begin = range.begin, units = range.size();
      auto pre = rows_of(saved.pre, some).middleCols(begin, units),
           act = rows_of(saved.act, some).middleCols(begin, units);
      matmul_on_this_thread<Real>(plain<Real>(rows_of(x, some)), plain<Real>(p.w_1.middleCols(begin, units)),
                                  p.b_1.segment(begin, units), pre);
      for (Index t = 0; t < pre.rows(); ++t) {
        by_lanes(&pre(t, 0), &act(t, 0), units, gelu<Real>);
        act.row(t).array() *= mask.factor.segment(begin, units).array();
      }
      matmul_on_this_thread<Real>(plain<Real>(act), plain<Real>(p.w_2.middleRows(begin, units)), y, Update::add);
    }
  });
}

template <class Real>
void mlp_backward(ConstMatrixRef<Real> dy, ConstMatrixRef<Real> x, const MlpView<Real>& p, const UnitMask<Real>& mask,
                  const UnitMask<Real>& stop_gradient, const SavedMlp<Real>& saved, const RequiresGrad& requires_grad,
                  MatrixRef<Real> dpre, MatrixRef<Real> dx, MlpView<Real> gradient) {
  const auto computed = [&](auto work) { for_common(mask.computed, stop_gradient.computed, work); };
  for_row_blocks(x.rows(), token_block, [&](IndexRange some) {
    auto some_dx = rows_of(dx, some);
    some_dx.setZero();
    computed([&](IndexRange units) {
      auto some_dpre = columns_of(rows_of(dpre, some), units);
      matmul_on_this_thread<Real>(plain<Real>(rows_of(dy, some)), transposed<Real>(rows_of(p.w_2, units)), some_dpre,
                                  Update::set);       // dL/dact
      for (Index t = 0; t < some_dpre.rows(); ++t) {  // dL/dpre, in place
        by_lanes(
            &saved.pre(some.begin + t, units.begin), &some_dpre(t, 0), &some_dpre(t, 0), units.size(),
            [](const Lanes<Real>& pre, const Lanes<Real>& dact) { return Lanes<Real>(gelu_derivative(pre) * dact); });
        some_dpre.row(t).array() *= mask.factor.segment(units.begin, units.size()).array() *
                                    stop_gradient.factor.segment(units.begin, units.size()).array();
      }
      matmul_on_this_thread<Real>(plain<Real>(some_dpre), transposed<Real>(columns_of(p.w_1, units)), some_dx,
                                  Update::add);
    });
  });
  if (requires_grad.output_bias) linear_backward_bias<Real>(dy, gradient.b_2);
  for (const IndexRange& range : mask.computed)
    if (const IndexRange units = common(range, requires_grad.outputs); units.size() > 0)
      linear_backward_weight<Real>(columns_of(saved.act, units), dy, rows_of(gradient.w_2, units));
  computed([&](IndexRange range) {
    const IndexRange units = common(range, requires_grad.inputs);
    if (units.size() == 0) return;
    const auto some_dpre = columns_of(dpre, units);
    linear_backward_weight<Real>(x, some_dpre, columns_of(gradient.w_1, units));
    linear_backward_bias<Real>(some_dpre, gradient.b_1.segment(units.begin, units.size()));
  });
}

template <class Real>
void mlp_backward_mask(ConstMatrixRef<Real> dy, const MlpView<Real>& p, const UnitMask<Real>& mask,
                       const SavedMlp<Real>& saved, MatrixRef<Real> dact, RowRef<Real> dmask) {
  for (const IndexRange& range : mask.computed) {
    const Index begin = range.begin, units = range.size();
    linear_backward_input<Real>(dy, p.w_2.middleRows(begin, units), dact.middleCols(begin, units), Update::set);
#pragma omp parallel for schedule(static)
    for (Index t = 0; t < dy.rows(); ++t)
      by_lanes(&saved.pre(t, begin), &dact(t, begin), &dact(t, begin), units,
               [](const Lanes<Real>& pre, const Lanes<Real>& d) { return Lanes<Real>(gelu<Real>(pre) * d); });
    linear_backward_bias<Real>(dact.middleCols(begin, units), dmask.segment(begin, units));
  }
}

#define INSTANTIATE(Real)                                                                                             \
  template void mlp_forward<Real>(ConstMatrixRef<Real>, const MlpView<Real>&, const UnitMask<Real>&, MatrixRef<Real>, \
                                  SavedMlp<Real>&);                                                                   \
  template void mlp_backward<Real>(ConstMatrixRef<Real>, ConstMatrixRef<Real>, const MlpView<Real>&,                  \
                                   const UnitMask<Real>&, const UnitMask<Real>&, const SavedMlp<Real>&,               \
                                   const RequiresGrad&, MatrixRef<Real>, MatrixRef<Real>, MlpView<Real>);             \
  template void mlp_backward_mask<Real>(ConstMatrixRef<Real>, const MlpView<Real>&, const UnitMask<Real>&,            \
                                        const SavedMlp<Real>&, MatrixRef<Real>, RowRef<Real>);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace sgtm
