#pragma once

#include "core/buffer.hpp"
#include "nn/batch.hpp"

namespace sgtm {

/// The output layer, tied to the embedding, and the cross-entropy of its prediction (nats), per token t:
///
///     logits[t] = x[t] E^T + b         loss[t] = log(sum over v of exp(logits[t,v])) - logits[t, target[t]]
///
/// x: tokens x width; E: vocabulary x width; b: vocabulary; targets, loss: tokens. Where there is no target the loss is
/// not written. The layer takes a few tokens at a time: tokens x vocabulary numbers never exist at once.
template <class Real>
class OutputLoss {
 public:
  void forward(ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding, ConstRowRef<Real> bias,
               const std::vector<int>& targets, RowRef<Real> loss);

  /// Forward and backward in one sweep, as the logits are gone after it. With n = `divisor`, the number of tokens that
  /// the loss is a mean over:
  ///
  ///     dL/dlogits[t,v] = (softmax(logits[t])[v] - [v = target[t]]) / n       (0 where there is no target)
  ///     dL/dx[t] = dlogits[t] E        dL/dE += dlogits^T x        dL/db += column sums of dlogits
  ///
  /// dx is overwritten. dL/dE is left alone unless `embedding_requires_grad`.
  void backward(ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding, ConstRowRef<Real> bias,
                const std::vector<int>& targets, Real divisor, RowRef<Real> loss, MatrixRef<Real> dx,
                MatrixRef<Real> dembedding, RowRef<Real> dbias, bool embedding_requires_grad);

  /// dL/db alone, for training nothing but the bias (calibration).
  void backward_bias(ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding, ConstRowRef<Real> bias,
                     const std::vector<int>& targets, Real divisor, RowRef<Real> loss, RowRef<Real> dbias);

  /// The logits of a few tokens, to be sampled from or printed. logits: tokens x vocabulary.
  static void logits(ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding, ConstRowRef<Real> bias,
                     MatrixRef<Real> logits);

 private:
  /// A few tokens from `first` on: their logits, log_sum_[t] = log(sum over v of exp(logits[t,v])), and their loss.
  void find_losses(Index first, ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding, ConstRowRef<Real> bias,
                   const std::vector<int>& targets, RowRef<Real> loss);
  /// logits -> dL/dlogits in place, for one tile; adds its column sums to dbias. share = 1 / divisor.
  void find_logit_gradients(Index first, IndexRange columns, const std::vector<int>& targets, Real share,
                            MatrixRef<Real> logits, RowRef<Real> dbias);
  /// logits[t, v] of so many tokens.
  Real logit(Index t, Index v, Index tokens) const;
  /// The logits of tile i, tokens x columns.
  auto tile_of(Index i, Index tokens, IndexRange columns);

  Buffer<Real> logits_;         // of a few tokens, tile under tile
  Buffer<Real> largest_, sum_;  // tokens x tiles: of the logits in each tile, and of exp(logit - largest)
  Buffer<Real> log_sum_;        // 1 x tokens
  Buffer<Real> dx_parts_;       // dL/dx as far as some of the tiles make it, part under part
};

}  // namespace sgtm
