#pragma once

#include "core/buffer.hpp"
#include "nn/batch.hpp"
#include "nn/mask.hpp"

namespace sgtm {

/// heads divide the width; token i sees token j of its own document where 0 <= i - j < window, or any j <= i where
/// window is 0. GPT-Neo does not divide scores by the root of the head's width; `scaled` does.
struct AttentionShape {
  Index heads = 1;
  Index window = 0;
  bool scaled = false;
};

/// The parameters of one attention layer, or their gradients. w_q, w_k, w_v, w_o: width x width, b_o: width. Columns
/// h d_h ... (h + 1) d_h - 1 of W_Q, W_K and W_V make head h, and the same rows of W_O read it, d_h being width /
/// heads.
template <class Real>
struct AttentionView {
  MatrixMap<Real> w_q, w_k, w_v, w_o;
  RowMap<Real> b_o;
};

/// What backward needs of forward; all tokens x width but log_sum, tokens x heads. Heads that are not computed are not
/// filled.
template <class Real>
struct SavedAttention {
  Buffer<Real> q, k, v;
  Buffer<Real> out;      // the heads' outputs, side by side
  Buffer<Real> masked;   // mask * out: what W_O reads
  Buffer<Real> log_sum;  // log of the sum of exp(scores), from which backward gets the weights again
  void reshape(Index tokens, Index width, Index heads);
};

/// For every document and head, i and j tokens of the document, j visible from i:
///
///     q = x W_Q,   k = x W_K,   v = x W_V,   s[i,j] = c q[i] . k[j],   c = 1, or 1 / sqrt(d_h) where `scaled`
///     w[i,j] = exp(s[i,j]) / sum over j of exp(s[i,j])
///     out[i] = sum over j of w[i,j] v[j]
///     stream += (mask * out) W_O + b_O
///
/// x, stream: tokens x width.
template <class Real>
void attention_forward(const Batch& batch, ConstMatrixRef<Real> x, const AttentionShape& shape,
                       const AttentionView<Real>& p, const UnitMask<Real>& mask, MatrixRef<Real> stream,
                       SavedAttention<Real>& saved);

/// What backward keeps beside the saved: gradients of the heads' outputs, q, k and v, each tokens x width.
template <class Real>
struct AttentionScratch {
  Buffer<Real> dout, dq, dk, dv;
  void reshape(Index tokens, Index width);
};

/// With dy = dL/dstream. The stop-gradient acts on the heads' outputs before W_O:
///
///     dL/dout  = stop_gradient * mask * (dy W_O^T)    dL/dW_O += masked^T dy      dL/db_O += column sums of dy
///     dL/dw    = dout[i] . v[j]                 dL/dv[j] = sum over i of w[i,j] dout[i]
///     dL/ds    = w[i,j] (dL/dw[i,j] - sum over j of w[i,j] dL/dw[i,j])
///     dL/dq[i] = c sum over j of ds[i,j] k[j]   dL/dk[j] = c sum over i of ds[i,j] q[i]
///     dL/dx    = dq W_Q^T + dk W_K^T + dv W_V^T, dL/dW_Q += x^T dq, and so on
///
/// dx (tokens x width) is overwritten. `gradient` is added to, where `requires_grad`.
template <class Real>
void attention_backward(const Batch& batch, ConstMatrixRef<Real> dy, ConstMatrixRef<Real> x,
                        const AttentionShape& shape, const AttentionView<Real>& p, const UnitMask<Real>& mask,
                        const UnitMask<Real>& stop_gradient, const SavedAttention<Real>& saved,
                        const RequiresGrad& requires_grad, AttentionScratch<Real>& scratch, MatrixRef<Real> dx,
                        AttentionView<Real> gradient);

/// How much each head matters: the derivative of the loss by its mask, for the heads that are computed,
///
///     dL/dmask[h] += sum over tokens and the columns of head h of out * (dy W_O^T)
template <class Real>
void attention_backward_mask(ConstMatrixRef<Real> dy, const AttentionShape& shape, const AttentionView<Real>& p,
                             const UnitMask<Real>& mask, const SavedAttention<Real>& saved,
                             AttentionScratch<Real>& scratch, RowRef<Real> dmask);

}  // namespace sgtm
