#include "nn/output_loss.hpp"

#include <algorithm>
#include <cmath>

#include "core/elementwise.hpp"
#include "nn/linear.hpp"

namespace sgtm {
namespace {

// Tokens per sweep: few enough that their logits take no more than 50 MB with 50257 tokens, many enough that E and
// dL/dE seldom pass through memory.
constexpr Index chunk = 256;
// Columns of the logits that one thread works on while they are in its second-level cache: chunk x tile numbers.
constexpr Index tile = 512;

Index tiles_of(Index vocabulary) {
  return (vocabulary + tile - 1) / tile;
}

/// Calls work(i, columns of tile i) for all tiles, in parallel.
template <class Work>
void for_tiles(Index vocabulary, Work work) {
#pragma omp parallel for schedule(static)
  for (Index i = 0; i < tiles_of(vocabulary); ++i) work(i, Span{i * tile, std::min(vocabulary, (i + 1) * tile)});
}

/// Calls work(first token, tokens) for chunk after chunk.
template <class Work>
void for_chunks(Index tokens, Work work) {
  for (Index t = 0; t < tokens; t += chunk) work(t, std::min(chunk, tokens - t));
}

}  // namespace

template <class Real>
void OutputLoss<Real>::logits(ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding, ConstRowRef<Real> bias,
                              MatrixRef<Real> logits) {
  matmul<Real>(plain<Real>(x), transposed<Real>(embedding), bias, logits);
}

template <class Real>
void OutputLoss<Real>::find_losses(Index first, ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding,
                                   ConstRowRef<Real> bias, const std::vector<int>& targets, RowRef<Real> loss) {
  const Index tokens = x.rows(), vocabulary = embedding.rows();
  logits_.reshape(tokens, vocabulary);
  for (Buffer<Real>* m : {&largest_, &sum_}) m->reshape(tokens, tiles_of(vocabulary));
  log_sum_.reshape(1, tokens);
  for_tiles(vocabulary, [&](Index i, Span columns) {
    auto logits = logits_.middleCols(columns.begin, columns.size());
    logits.rowwise() = bias.segment(columns.begin, columns.size());
    matmul_on_this_thread<Real>(plain<Real>(x), transposed<Real>(embedding.middleRows(columns.begin, columns.size())),
                                logits, Update::add);
    for (Index t = 0; t < tokens; ++t) {
      const Real largest = largest_(t, i) = logits.row(t).maxCoeff();
      sum_(t, i) = sum_by_lanes(&logits(t, 0), logits.cols(),
                                [largest](const Lanes<Real>& l) { return Lanes<Real>((l - largest).exp()); });
    }
  });
  for (Index t = 0; t < tokens; ++t) {
    const Real largest = largest_.row(t).maxCoeff();
    const Real sum = (sum_.row(t).array() * (largest_.row(t).array() - largest).exp()).sum();
    log_sum_(0, t) = largest + std::log(sum);
    const int target = targets[static_cast<std::size_t>(first + t)];
    if (target != no_target) loss[first + t] = log_sum_(0, t) - logits_(t, target);
  }
}

template <class Real>
void OutputLoss<Real>::find_slopes(Index first, Span columns, const std::vector<int>& targets, Real divisor) {
  const Real share = 1 / divisor;
  for (Index t = 0; t < logits_.rows(); ++t) {
    const int target = targets[static_cast<std::size_t>(first + t)];
    Real* logits = &logits_(t, columns.begin);
    if (target == no_target) {
      std::fill_n(logits, columns.size(), Real(0));
      continue;
    }
    by_lanes(logits, logits, columns.size(), [share, log_sum = log_sum_(0, t)](const Lanes<Real>& l) {
      return Lanes<Real>((l - log_sum).exp() * share);
    });
    if (columns.begin <= target && target < columns.end) logits_(t, target) -= share;
  }
}

template <class Real>
void OutputLoss<Real>::forward(ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding, ConstRowRef<Real> bias,
                               const std::vector<int>& targets, RowRef<Real> loss) {
  for_chunks(x.rows(), [&](Index first, Index tokens) {
    find_losses(first, x.middleRows(first, tokens), embedding, bias, targets, loss);
  });
}

template <class Real>
void OutputLoss<Real>::backward(ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding, ConstRowRef<Real> bias,
                                const std::vector<int>& targets, Real divisor, RowRef<Real> loss, MatrixRef<Real> dx,
                                MatrixRef<Real> dembedding, RowRef<Real> dbias, bool embedding_wanted) {
  for_chunks(x.rows(), [&](Index first, Index tokens) {
    const auto some_x = x.middleRows(first, tokens);
    find_losses(first, some_x, embedding, bias, targets, loss);
    for_tiles(embedding.rows(), [&](Index, Span columns) {
      find_slopes(first, columns, targets, divisor);
      const auto dlogits = logits_.middleCols(columns.begin, columns.size());
      for (Index t = 0; t < tokens; ++t) dbias.segment(columns.begin, columns.size()) += dlogits.row(t);
      if (embedding_wanted)
        matmul_on_this_thread<Real>(transposed<Real>(dlogits), plain<Real>(some_x),
                                    dembedding.middleRows(columns.begin, columns.size()), Update::add);
    });
    matmul<Real>(plain<Real>(logits_), plain<Real>(embedding), dx.middleRows(first, tokens), Update::set);
  });
}

template <class Real>
void OutputLoss<Real>::backward_bias(ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding, ConstRowRef<Real> bias,
                                     const std::vector<int>& targets, Real divisor, RowRef<Real> loss,
                                     RowRef<Real> dbias) {
  for_chunks(x.rows(), [&](Index first, Index tokens) {
    find_losses(first, x.middleRows(first, tokens), embedding, bias, targets, loss);
    for_tiles(embedding.rows(), [&](Index, Span columns) {
      find_slopes(first, columns, targets, divisor);
      for (Index t = 0; t < tokens; ++t)
        dbias.segment(columns.begin, columns.size()) += logits_.row(t).segment(columns.begin, columns.size());
    });
  });
}

template class OutputLoss<float>;
template class OutputLoss<double>;

}  // namespace sgtm
