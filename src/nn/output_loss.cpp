#include "nn/output_loss.hpp"

#include <algorithm>
#include <cmath>

#include "core/elementwise.hpp"
#include "nn/linear.hpp"

namespace sgtm {
namespace {

// Tokens per sweep: with a vocabulary of 2048 their logits fit the second-level cache; with 50257 they take 25 MB.
constexpr Index chunk = 128;

/// logits -> probabilities in place; returns log(sum of exp(logits)).
template <class Real, class LogitRow>
Real softmax_in_place(LogitRow logits) {
  const Real largest = logits.maxCoeff();
  by_lanes(logits.data(), logits.data(), logits.size(),
           [largest](const Lanes<Real>& l) { return Lanes<Real>((l - largest).exp()); });
  const Real sum = logits.sum();
  logits *= 1 / sum;
  return largest + std::log(sum);
}

/// Calls visit(first token, tokens, their logits) for chunk after chunk.
template <class Real, class Visit>
void for_chunks(Buffer<Real>& buffer, ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding, ConstRowRef<Real> bias,
                Visit visit) {
  for (Index t = 0; t < x.rows(); t += chunk) {
    const Index tokens = std::min(chunk, x.rows() - t);
    buffer.reshape(tokens, embedding.rows());
    MatrixRef<Real> logits = buffer;
    OutputLoss<Real>::logits(x.middleRows(t, tokens), embedding, bias, logits);
    visit(t, tokens, logits);
  }
}

/// logits -> (softmax - [v = target]) / divisor in place, and the loss of every token that has a target.
template <class Real>
void loss_and_slope(MatrixRef<Real>& logits, Index first, const std::vector<int>& targets, Real divisor,
                    RowRef<Real>& loss) {
#pragma omp parallel for schedule(static)
  for (Index r = 0; r < logits.rows(); ++r) {
    const int target = targets[static_cast<std::size_t>(first + r)];
    if (target == no_target) {
      logits.row(r).setZero();
      continue;
    }
    const Real logit = logits(r, target);
    loss[first + r] = softmax_in_place<Real>(logits.row(r)) - logit;
    logits(r, target) -= 1;
    logits.row(r) *= 1 / divisor;
  }
}

}  // namespace

template <class Real>
void OutputLoss<Real>::logits(ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding, ConstRowRef<Real> bias,
                              MatrixRef<Real> logits) {
#pragma omp parallel for schedule(static)
  for (Index t = 0; t < logits.rows(); ++t) logits.row(t) = bias;
  matmul<Real>(plain<Real>(x), transposed<Real>(embedding), logits, Update::add);
}

template <class Real>
void OutputLoss<Real>::forward(ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding, ConstRowRef<Real> bias,
                               const std::vector<int>& targets, RowRef<Real> loss) {
  for_chunks<Real>(logits_, x, embedding, bias, [&](Index first, Index, MatrixRef<Real>& logits) {
    loss_and_slope<Real>(logits, first, targets, 1, loss);
  });
}

template <class Real>
void OutputLoss<Real>::backward(ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding, ConstRowRef<Real> bias,
                                const std::vector<int>& targets, Real divisor, RowRef<Real> loss, MatrixRef<Real> dx,
                                MatrixRef<Real> dembedding, RowRef<Real> dbias, bool embedding_wanted) {
  for_chunks<Real>(logits_, x, embedding, bias, [&](Index first, Index tokens, MatrixRef<Real>& dlogits) {
    loss_and_slope<Real>(dlogits, first, targets, divisor, loss);
    matmul<Real>(plain<Real>(dlogits), plain<Real>(embedding), dx.middleRows(first, tokens), Update::set);
    if (embedding_wanted) linear_backward_weight<Real>(dlogits, x.middleRows(first, tokens), dembedding);
    linear_backward_bias<Real>(dlogits, dbias);
  });
}

template <class Real>
void OutputLoss<Real>::backward_bias(ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding, ConstRowRef<Real> bias,
                                     const std::vector<int>& targets, Real divisor, RowRef<Real> loss,
                                     RowRef<Real> dbias) {
  for_chunks<Real>(logits_, x, embedding, bias, [&](Index first, Index, MatrixRef<Real>& dlogits) {
    loss_and_slope<Real>(dlogits, first, targets, divisor, loss);
    linear_backward_bias<Real>(dlogits, dbias);
  });
}

template class OutputLoss<float>;
template class OutputLoss<double>;

}  // namespace sgtm
