#pragma once

#include "nn/batch.hpp"

namespace sgtm {

/// y[t] = E[token of t] + P[place of t in its document].
///
/// embedding E: vocabulary x width; position P: context x width; y: tokens x width.
template <class Real>
void embedding_forward(const Batch& batch, ConstMatrixRef<Real> embedding, ConstMatrixRef<Real> position,
                       MatrixRef<Real> y);

/// dL/dE[token of t] += dL/dy[t] and dL/dP[place of t] += dL/dy[t], in the order of the tokens.
template <class Real>
void embedding_backward(const Batch& batch, ConstMatrixRef<Real> dy, MatrixRef<Real> dembedding,
                        MatrixRef<Real> dposition);

}  // namespace sgtm
