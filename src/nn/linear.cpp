#include "nn/linear.hpp"

#include "nn/column_sums.hpp"

namespace sgtm {

template <class Real>
void linear_forward(ConstMatrixRef<Real> x, ConstMatrixRef<Real> weight, MatrixRef<Real> y, Update update) {
  matmul<Real>(plain<Real>(x), plain<Real>(weight), y, update);
}

template <class Real>
void linear_forward(ConstMatrixRef<Real> x, ConstMatrixRef<Real> weight, ConstRowRef<Real> bias, MatrixRef<Real> y) {
  matmul<Real>(plain<Real>(x), plain<Real>(weight), bias, y);
}

template <class Real>
void add_bias(ConstRowRef<Real> bias, MatrixRef<Real> y) {
#pragma omp parallel for schedule(static)
  for (Index t = 0; t < y.rows(); ++t) y.row(t) += bias;
}

template <class Real>
void linear_backward_input(ConstMatrixRef<Real> dy, ConstMatrixRef<Real> weight, MatrixRef<Real> dx, Update update) {
  matmul<Real>(plain<Real>(dy), transposed<Real>(weight), dx, update);
}

template <class Real>
void linear_backward_weight(ConstMatrixRef<Real> x, ConstMatrixRef<Real> dy, MatrixRef<Real> dweight) {
  matmul<Real>(transposed<Real>(x), plain<Real>(dy), dweight, Update::add);
}

template <class Real>
void linear_backward_bias(ConstMatrixRef<Real> dy, RowRef<Real> dbias) {
  add_column_sums<Real>(dy.rows(), dbias,
                        [&](Index t, Index from, Index size) { return dy.row(t).segment(from, size); });
}

#define INSTANTIATE(Real)                                                                                             \
  template void linear_forward<Real>(ConstMatrixRef<Real>, ConstMatrixRef<Real>, MatrixRef<Real>, Update);            \
  template void linear_forward<Real>(ConstMatrixRef<Real>, ConstMatrixRef<Real>, ConstRowRef<Real>, MatrixRef<Real>); \
  template void add_bias<Real>(ConstRowRef<Real>, MatrixRef<Real>);                                                   \
  template void linear_backward_input<Real>(ConstMatrixRef<Real>, ConstMatrixRef<Real>, MatrixRef<Real>, Update);     \
  template void linear_backward_weight<Real>(ConstMatrixRef<Real>, ConstMatrixRef<Real>, MatrixRef<Real>);            \
  template void linear_backward_bias<Real>(ConstMatrixRef<Real>, RowRef<Real>);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace sgtm
