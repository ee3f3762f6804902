#pragma once

#include "core/buffer.hpp"
#include "nn/mask.hpp"

namespace sgtm {

/// The parameters of one MLP layer, or their gradients. w_1: width x units, b_1: units, w_2: units x width, b_2: width.
template <class Real>
struct MlpView {
  MatrixMap<Real> w_1;
  RowMap<Real> b_1;
  MatrixMap<Real> w_2;
  RowMap<Real> b_2;
};

/// What backward needs of forward, both tokens x units. Columns of units that are not computed are not filled.
template <class Real>
struct SavedMlp {
  Buffer<Real> pre;  // the pre-activation x W_1 + b_1
  Buffer<Real> act;  // mask * gelu(pre)
  void reshape(Index tokens, Index units) { pre.reshape(tokens, units), act.reshape(tokens, units); }
};

/// stream += (mask * gelu(x W_1 + b_1)) W_2 + b_2.   x, stream: tokens x width.
template <class Real>
void mlp_forward(ConstMatrixRef<Real> x, const MlpView<Real>& p, const UnitMask<Real>& mask, MatrixRef<Real> stream,
                 SavedMlp<Real>& saved);

/// With dy = dL/dstream, which is also the gradient of the MLP's output, because that is added to the stream. The
/// stop-gradient acts on the pre-activation:
///
///     dL/dact  = dy W_2^T                       dL/dW_2 += act^T dy       dL/db_2 += column sums of dy
///     dL/dpre  = stop_gradient * mask * gelu'(pre) * dL/dact
///     dL/dx    = dL/dpre W_1^T                  dL/dW_1 += x^T dL/dpre    dL/db_1 += column sums of dL/dpre
///
/// dpre (tokens x units) is scratch. dx is overwritten. `gradient` is added to, where `requires_grad`.
template <class Real>
void mlp_backward(ConstMatrixRef<Real> dy, ConstMatrixRef<Real> x, const MlpView<Real>& p, const UnitMask<Real>& mask,
                  const UnitMask<Real>& stop_gradient, const SavedMlp<Real>& saved, const RequiresGrad& requires_grad,
                  MatrixRef<Real> dpre, MatrixRef<Real> dx, MlpView<Real> gradient);

/// How much each unit matters: the derivative of the loss by its mask, for the units that are computed,
///
///     dL/dmask += sum over tokens of gelu(pre) * dL/dact,   dL/dact = dy W_2^T
///
/// dact (tokens x units) is scratch.
template <class Real>
void mlp_backward_mask(ConstMatrixRef<Real> dy, const MlpView<Real>& p, const UnitMask<Real>& mask,
                       const SavedMlp<Real>& saved, MatrixRef<Real> dact, RowRef<Real> dmask);

}  // namespace sgtm
