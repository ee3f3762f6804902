#include "nn/output_loss.hpp"

#include <algorithm>
#include <cmath>

#include "core/elementwise.hpp"
#include "core/parallel.hpp"
#include "nn/linear.hpp"

namespace sgtm {
namespace {

// Tokens per sweep: few enough that their logits take no more than 55 MB with 50257 tokens, many enough that E and
// dL/dE seldom pass through memory.
constexpr Index chunk = 256;
// Columns of the logits that one thread works on while they are in its second-level cache: chunk x tile numbers. Tiles
// lie one after another; their rows are a little longer than a power of two, or a column would be in few cache sets.
constexpr Index tile = 512, row_step = tile + 16;
// dL/dx is summed in as many parts at once, for any number of threads, and the parts then in order.
constexpr Index most_parts = 16;

Index tiles_of(Index vocabulary) {
  return (vocabulary + tile - 1) / tile;
}

/// The columns of tile i.
IndexRange columns_of(Index i, Index vocabulary) {
  return {i * tile, std::min(vocabulary, (i + 1) * tile)};
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
Real OutputLoss<Real>::logit(Index t, Index v, Index tokens) const {
  return logits_(v / tile * tokens + t, v % tile);
}

template <class Real>
auto OutputLoss<Real>::tile_of(Index i, Index tokens, IndexRange columns) {
  return logits_.block(i * tokens, 0, tokens, columns.size());
}

template <class Real>
void OutputLoss<Real>::find_losses(Index first, ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding,
                                   ConstRowRef<Real> bias, const std::vector<int>& targets, RowRef<Real> loss) {
  const Index tokens = x.rows(), vocabulary = embedding.rows(), tiles = tiles_of(vocabulary);
  logits_.reshape(tiles * tokens, row_step);
  for (Buffer<Real>* m : {&largest_, &sum_}) m->reshape(tokens, tiles);
  log_sum_.reshape(1, tokens);
#pragma omp parallel for schedule(static)
  for (Index i = 0; i < tiles; ++i) {
    const IndexRange columns = columns_of(i, vocabulary);
    auto logits = tile_of(i, tokens, columns);
    matmul_on_this_thread<Real>(plain<Real>(x), transposed<Real>(embedding.middleRows(columns.begin, columns.size())),
                                bias.segment(columns.begin, columns.size()), logits);
    for (Index t = 0; t < tokens; ++t) {
      const Real largest = largest_(t, i) = logits.row(t).maxCoeff();
      sum_(t, i) = sum_by_lanes(&logits(t, 0), logits.cols(),
                                [largest](const Lanes<Real>& l) { return Lanes<Real>((l - largest).exp()); });
    }
  }
  for (Index t = 0; t < tokens; ++t) {
    const Real largest = largest_.row(t).maxCoeff();
    const Real sum = (sum_.row(t).array() * (largest_.row(t).array() - largest).exp()).sum();
    log_sum_(0, t) = largest + std::log(sum);
    const int target = targets[static_cast<std::size_t>(first + t)];
    if (target != no_target) loss[first + t] = log_sum_(0, t) - logit(t, target, tokens);
  }
}

template <class Real>
void OutputLoss<Real>::find_logit_gradients(Index first, IndexRange columns, const std::vector<int>& targets,
                                            Real share, MatrixRef<Real> logits, RowRef<Real> dbias) {
  for (Index t = 0; t < logits.rows(); ++t) {
    const int target = targets[static_cast<std::size_t>(first + t)];
    if (target == no_target) {
      logits.row(t).setZero();
      continue;
    }
    by_lanes(&logits(t, 0), &logits(t, 0), columns.size(), [share, log_sum = log_sum_(0, t)](const Lanes<Real>& l) {
      return Lanes<Real>((l - log_sum).exp() * share);
    });
    if (columns.begin <= target && target < columns.end) logits(t, target - columns.begin) -= share;
    dbias.segment(columns.begin, columns.size()) += logits.row(t);
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
                                MatrixRef<Real> dembedding, RowRef<Real> dbias, bool embedding_requires_grad) {
  const Index vocabulary = embedding.rows(), tiles = tiles_of(vocabulary), parts = std::min(tiles, most_parts);
  for_chunks(x.rows(), [&](Index first, Index tokens) {
    const auto some_x = x.middleRows(first, tokens);
    find_losses(first, some_x, embedding, bias, targets, loss);
    dx_parts_.reshape(parts * tokens, x.cols());
#pragma omp parallel for schedule(static)
    for (Index part = 0; part < parts; ++part) {
      auto dx_part = dx_parts_.middleRows(part * tokens, tokens);
      dx_part.setZero();
      const IndexRange own = part_of(tiles, part, parts);
      for (Index i = own.begin; i < own.end; ++i) {
        const IndexRange columns = columns_of(i, vocabulary);
        auto logits = tile_of(i, tokens, columns);
        find_logit_gradients(first, columns, targets, 1 / divisor, logits, dbias);
        if (embedding_requires_grad)
          matmul_on_this_thread<Real>(transposed<Real>(logits), plain<Real>(some_x),
                                      dembedding.middleRows(columns.begin, columns.size()), Update::add);
        matmul_on_this_thread<Real>(plain<Real>(logits),
                                    plain<Real>(embedding.middleRows(columns.begin, columns.size())), dx_part,
                                    Update::add);
      }
    }
#pragma omp parallel for schedule(static)
    for (Index t = 0; t < tokens; ++t) {
      dx.row(first + t) = dx_parts_.row(t);
      for (Index part = 1; part < parts; ++part) dx.row(first + t) += dx_parts_.row(part * tokens + t);
    }
  });
}

template <class Real>
void OutputLoss<Real>::backward_bias(ConstMatrixRef<Real> x, ConstMatrixRef<Real> embedding, ConstRowRef<Real> bias,
                                     const std::vector<int>& targets, Real divisor, RowRef<Real> loss,
                                     RowRef<Real> dbias) {
  const Index vocabulary = embedding.rows();
  for_chunks(x.rows(), [&](Index first, Index tokens) {
    find_losses(first, x.middleRows(first, tokens), embedding, bias, targets, loss);
#pragma omp parallel for schedule(static)
    for (Index i = 0; i < tiles_of(vocabulary); ++i) {
      const IndexRange columns = columns_of(i, vocabulary);
      find_logit_gradients(first, columns, targets, 1 / divisor, tile_of(i, tokens, columns), dbias);
    }
  });
}

template class OutputLoss<float>;
template class OutputLoss<double>;

}  // namespace sgtm
