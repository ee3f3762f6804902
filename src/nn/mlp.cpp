#include "nn/mlp.hpp"

#include "nn/gelu.hpp"
#include "nn/linear.hpp"

namespace sgtm {

template <class Real>
void mlp_forward(ConstMatrixRef<Real> x, const MlpView<Real>& p, const Gate<Real>& gate, MatrixRef<Real> stream,
                 MlpTape<Real>& tape) {
  const Index tokens = x.rows();
  add_bias<Real>(p.b_2, stream);
  for (const Span& lit : gate.open) {
    const Index begin = lit.begin, units = lit.size();
    linear_forward<Real>(x, p.w_1.middleCols(begin, units), p.b_1.segment(begin, units),
                         tape.pre.middleCols(begin, units));
#pragma omp parallel for schedule(static)
    for (Index t = 0; t < tokens; ++t) {
      by_lanes(&tape.pre(t, begin), &tape.act(t, begin), units, gelu<Real>);
      tape.act.row(t).segment(begin, units).array() *= gate.factor.segment(begin, units).array();
    }
    linear_forward<Real>(tape.act.middleCols(begin, units), p.w_2.middleRows(begin, units), stream, Update::add);
  }
}

template <class Real>
void mlp_backward(ConstMatrixRef<Real> dy, ConstMatrixRef<Real> x, const MlpView<Real>& p, const Gate<Real>& gate,
                  const Gate<Real>& pass, const MlpTape<Real>& tape, const Wanted& wanted, MatrixRef<Real> dpre,
                  MatrixRef<Real> dx, MlpView<Real> gradient) {
  const Index tokens = x.rows();
  dx.setZero();
  if (wanted.output_bias) linear_backward_bias<Real>(dy, gradient.b_2);
  for (const Span& lit : gate.open) {
    if (const Span out = common(lit, wanted.outputs); out.size() > 0)
      linear_backward_weight<Real>(tape.act.middleCols(out.begin, out.size()), dy,
                                   gradient.w_2.middleRows(out.begin, out.size()));
    for (const Span& passing : pass.open) {
      const Span both = common(lit, passing);
      const Index begin = both.begin, units = both.size();
      if (units == 0) continue;
      auto d = dpre.middleCols(begin, units);
      linear_backward_input<Real>(dy, p.w_2.middleRows(begin, units), d, Update::set);
#pragma omp parallel for schedule(static)
      for (Index t = 0; t < tokens; ++t) {
        by_lanes(&tape.pre(t, begin), &dpre(t, begin), &dpre(t, begin), units,
                 [](const Lanes<Real>& pre, const Lanes<Real>& dact) { return Lanes<Real>(gelu_slope(pre) * dact); });
        dpre.row(t).segment(begin, units).array() *=
            gate.factor.segment(begin, units).array() * pass.factor.segment(begin, units).array();
      }
      linear_backward_input<Real>(d, p.w_1.middleCols(begin, units), dx, Update::add);
      if (const Span in = common(both, wanted.inputs); in.size() > 0) {
        linear_backward_weight<Real>(x, dpre.middleCols(in.begin, in.size()),
                                     gradient.w_1.middleCols(in.begin, in.size()));
        linear_backward_bias<Real>(dpre.middleCols(in.begin, in.size()), gradient.b_1.segment(in.begin, in.size()));
      }
    }
  }
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
