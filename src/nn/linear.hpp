#pragma once

#include "core/matmul.hpp"
#include "core/matrix.hpp"

namespace sgtm {

/// y = x W, set or added (a residual connection), and y = x W + b.
///
/// x: tokens x inputs; weight: inputs x outputs; bias: outputs; y: tokens x outputs.
template <class Real>
void linear_forward(ConstMatrixRef<Real> x, ConstMatrixRef<Real> weight, MatrixRef<Real> y, Update update);
template <class Real>
void linear_forward(ConstMatrixRef<Real> x, ConstMatrixRef<Real> weight, ConstRowRef<Real> bias, MatrixRef<Real> y);

/// y[t] += b for every token t.
template <class Real>
void add_bias(ConstRowRef<Real> bias, MatrixRef<Real> y);

/// dL/dx = dL/dy W^T, set or added.
template <class Real>
void linear_backward_input(ConstMatrixRef<Real> dy, ConstMatrixRef<Real> weight, MatrixRef<Real> dx, Update update);

/// dL/dW += x^T dL/dy.
template <class Real>
void linear_backward_weight(ConstMatrixRef<Real> x, ConstMatrixRef<Real> dy, MatrixRef<Real> dweight);

/// dL/db += sum over tokens of dL/dy.
template <class Real>
void linear_backward_bias(ConstMatrixRef<Real> dy, RowRef<Real> dbias);

}  // namespace sgtm
