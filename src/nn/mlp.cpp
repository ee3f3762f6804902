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
void mlp_forward(ConstMatrixRef<Real> x, const MlpView<Real>& p, const Gate<Real>& gate, MatrixRef<Real> stream,
                 MlpTape<Real>& tape) {
  for_row_blocks(x.rows(), token_block, [&](Span some) {
    const auto rows = [some](auto& m) { return m.middleRows(some.begin, some.size()); };
    auto y = rows(stream);
    y.rowwise() += p.b_2;
    for (const Span& lit : gate.open) {
      const Index begin = lit.begin, units = lit.size();
      auto pre = rows(tape.pre).middleCols(begin, units), act = rows(tape.act).middleCols(begin, units);
      matmul_on_this_thread<Real>(plain<Real>(rows(x)), plain<Real>(p.w_1.middleCols(begin, units)),
                                  p.b_1.segment(begin, units), pre);
      for (Index t = 0; t < pre.rows(); ++t) {
        by_lanes(&pre(t, 0), &act(t, 0), units, gelu<Real>);
        act.row(t).array() *= gate.factor.segment(begin, units).array();
      }
      matmul_on_this_thread<Real>(plain<Real>(act), plain<Real>(p.w_2.middleRows(begin, units)), y, Update::add);
    }
  });
}

template <class Real>
void mlp_backward(ConstMatrixRef<Real> dy, ConstMatrixRef<Real> x, const MlpView<Real>& p, const Gate<Real>& gate,
                  const Gate<Real>& pass, const MlpTape<Real>& tape, const Wanted& wanted, MatrixRef<Real> dpre,
                  MatrixRef<Real> dx, MlpView<Real> gradient) {
  for_row_blocks(x.rows(), token_block, [&](Span some) {
    const auto rows = [some](auto& m) { return m.middleRows(some.begin, some.size()); };
    auto dinput = rows(dx);
    dinput.setZero();
    for_common(gate.open, pass.open, [&](Span lit) {
      const Index begin = lit.begin, units = lit.size();
      auto d = rows(dpre).middleCols(begin, units);
      matmul_on_this_thread<Real>(plain<Real>(rows(dy)), transposed<Real>(p.w_2.middleRows(begin, units)), d,
                                  Update::set);
      for (Index t = 0; t < d.rows(); ++t) {
        by_lanes(&tape.pre(some.begin + t, begin), &d(t, 0), &d(t, 0), units,
                 [](const Lanes<Real>& u, const Lanes<Real>& dact) { return Lanes<Real>(gelu_slope(u) * dact); });
        d.row(t).array() *= gate.factor.segment(begin, units).array() * pass.factor.segment(begin, units).array();
      }
      matmul_on_this_thread<Real>(plain<Real>(d), transposed<Real>(p.w_1.middleCols(begin, units)), dinput,
                                  Update::add);
    });
  });
  if (wanted.output_bias) linear_backward_bias<Real>(dy, gradient.b_2);
  for (const Span& lit : gate.open)
    if (const Span out = common(lit, wanted.outputs); out.size() > 0)
      linear_backward_weight<Real>(tape.act.middleCols(out.begin, out.size()), dy,
                                   gradient.w_2.middleRows(out.begin, out.size()));
  for_common(gate.open, pass.open, [&](Span lit) {
    const Span in = common(lit, wanted.inputs);
    if (in.size() == 0) return;
    const auto d = dpre.middleCols(in.begin, in.size());
    linear_backward_weight<Real>(x, d, gradient.w_1.middleCols(in.begin, in.size()));
    linear_backward_bias<Real>(d, gradient.b_1.segment(in.begin, in.size()));
  });
}

template <class Real>
void mlp_backward_gate(ConstMatrixRef<Real> dy, const MlpView<Real>& p, const Gate<Real>& gate,
                       const MlpTape<Real>& tape, MatrixRef<Real> dact, RowRef<Real> dgate) {
  for (const Span& lit : gate.open) {
    const Index begin = lit.begin, units = lit.size();
    linear_backward_input<Real>(dy, p.w_2.middleRows(begin, units), dact.middleCols(begin, units), Update::set);
#pragma omp parallel for schedule(static)
    for (Index t = 0; t < dy.rows(); ++t)
      by_lanes(&tape.pre(t, begin), &dact(t, begin), &dact(t, begin), units,
               [](const Lanes<Real>& pre, const Lanes<Real>& d) { return Lanes<Real>(gelu<Real>(pre) * d); });
    linear_backward_bias<Real>(dact.middleCols(begin, units), dgate.segment(begin, units));
  }
}

#define INSTANTIATE(Real)                                                                                         \
  template void mlp_forward<Real>(ConstMatrixRef<Real>, const MlpView<Real>&, const Gate<Real>&, MatrixRef<Real>, \
                                  MlpTape<Real>&);                                                                \
  template void mlp_backward<Real>(ConstMatrixRef<Real>, ConstMatrixRef<Real>, const MlpView<Real>&,              \
                                   const Gate<Real>&, const Gate<Real>&, const MlpTape<Real>&, const Wanted&,     \
                                   MatrixRef<Real>, MatrixRef<Real>, MlpView<Real>);                              \
  template void mlp_backward_gate<Real>(ConstMatrixRef<Real>, const MlpView<Real>&, const Gate<Real>&,            \
                                        const MlpTape<Real>&, MatrixRef<Real>, RowRef<Real>);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace sgtm
