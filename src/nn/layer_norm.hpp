#pragma once

#include "core/buffer.hpp"

namespace sgtm {

inline constexpr double layer_norm_epsilon = 1e-5;

/// What backward needs of forward: the normalized input, and 1 / sqrt(var + epsilon) per token.
template <class Real>
struct SavedLayerNorm {
  Buffer<Real> n;      // tokens x width
  Buffer<Real> scale;  // tokens x 1
  void reshape(Index tokens, Index width) { n.reshape(tokens, width), scale.reshape(tokens, 1); }
};

/// Layer normalization of every token over its features (Ba et al. 2016, eq. 3 and 4):
///
///     n[t] = (x[t] - mean(x[t])) / sqrt(var(x[t]) + epsilon)
///     y[t] = n[t] * gain + bias
///
/// x, y: tokens x width; gain, bias: width. The variance is the mean square, not the sample estimate.
template <class Real>
void layer_norm_forward(ConstMatrixRef<Real> x, ConstRowRef<Real> gain, ConstRowRef<Real> bias, MatrixRef<Real> y,
                        SavedLayerNorm<Real>& saved);

/// With g = dL/dy * gain, per token:
///
///     dL/dx += scale * (g - mean(g) - n * mean(g * n))
///
/// It adds, as its name says: x is the residual stream, whose gradient comes down past the layer too.
template <class Real>
void add_layer_norm_backward_input(ConstMatrixRef<Real> dy, ConstRowRef<Real> gain, const SavedLayerNorm<Real>& saved,
                                   MatrixRef<Real> dx);

///     dL/dgain += sum over tokens of dL/dy * n
///     dL/dbias += sum over tokens of dL/dy
template <class Real>
void layer_norm_backward_weight(ConstMatrixRef<Real> dy, const SavedLayerNorm<Real>& saved, RowRef<Real> dgain,
                                RowRef<Real> dbias);

}  // namespace sgtm
