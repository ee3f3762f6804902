#include "nn/layer_norm.hpp"

#include <cmath>

#include "nn/column_sums.hpp"

namespace sgtm {

template <class Real>
void layer_norm_forward(ConstMatrixRef<Real> x, ConstRowRef<Real> gain, ConstRowRef<Real> bias, MatrixRef<Real> y,
                        SavedLayerNorm<Real>& saved) {
#pragma omp parallel for schedule(static)
  for (Index t = 0; t < x.rows(); ++t) {
    auto n = saved.n.row(t).array();
    n = x.row(t).array() - x.row(t).mean();
    const Real scale = 1 / std::sqrt(n.square().mean() + static_cast<Real>(layer_norm_epsilon));
    n *= scale;
    saved.scale(t, 0) = scale;
    y.row(t).array() = n * gain.array() + bias.array();
  }
}

template <class Real>
void add_layer_norm_backward_input(ConstMatrixRef<Real> dy, ConstRowRef<Real> gain, const SavedLayerNorm<Real>& saved,
                                   MatrixRef<Real> dx) {
#pragma omp parallel for schedule(static)
  for (Index t = 0; t < dy.rows(); ++t) {
    const auto n = saved.n.row(t).array();
    const auto g = dy.row(t).array() * gain.array();  // an expression, not a copy: nothing is allocated here
    const Real mean_g = g.mean();
    const Real mean_gn = (g * n).mean();
    dx.row(t).array() += saved.scale(t, 0) * (g - mean_g - n * mean_gn);
  }
}

template <class Real>
void layer_norm_backward_weight(ConstMatrixRef<Real> dy, const SavedLayerNorm<Real>& saved, RowRef<Real> dgain,
                                RowRef<Real> dbias) {
  add_column_sums<Real>(dy.rows(), dgain, [&](Index t, Index from, Index size) {
    return dy.row(t).segment(from, size).cwiseProduct(saved.n.row(t).segment(from, size));
  });
  add_column_sums<Real>(dy.rows(), dbias,
                        [&](Index t, Index from, Index size) { return dy.row(t).segment(from, size); });
}

#define INSTANTIATE(Real)                                                                                             \
  template void layer_norm_forward<Real>(ConstMatrixRef<Real>, ConstRowRef<Real>, ConstRowRef<Real>, MatrixRef<Real>, \
                                         SavedLayerNorm<Real>&);                                                      \
  template void add_layer_norm_backward_input<Real>(ConstMatrixRef<Real>, ConstRowRef<Real>,                          \
                                                    const SavedLayerNorm<Real>&, MatrixRef<Real>);                    \
  template void layer_norm_backward_weight<Real>(ConstMatrixRef<Real>, const SavedLayerNorm<Real>&, RowRef<Real>,     \
                                                 RowRef<Real>);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace sgtm
