#include "nn/attention.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nn/linear.hpp"

namespace sgtm {
namespace {

// Queries are taken a few at a time, against all the keys that any of them sees: a document's scores are never whole.
// Scores and weights are kept keys x queries, so that the queries, and not a head's few features, fill the vectors.
constexpr Index query_block = 32;

/// A number for each query of a block.
template <class Real>
using QueryRow = Eigen::Array<Real, 1, query_block>;

/// Keys x query_block numbers. A document's last block may hold fewer queries; what stands in its other columns is
/// computed on and never read.
template <class Real>
struct Scores : Buffer<Real> {
  Eigen::Map<QueryRow<Real>, Eigen::Aligned64> key(Index j) {
    return Eigen::Map<QueryRow<Real>, Eigen::Aligned64>(this->data() + j * query_block);
  }
};

/// One head on one document: the columns of q, k, v, ... that belong to the head, the rows that are the document.
struct Piece {
  Index row, rows, column, columns;
  template <class M>
  auto of(M& matrix) const {
    return matrix.block(row, column, rows, columns);
  }
};

/// Calls work(first query, queries, first key, keys) for each block of queries of a document.
template <class Work>
void for_query_blocks(const AttentionShape& shape, Index tokens, Work work) {
  for (Index i = 0; i < tokens; i += query_block) {
    const Index queries = std::min(query_block, tokens - i);
    const Index key = shape.window == 0 ? 0 : std::max<Index>(0, i - shape.window + 1);
    work(i, queries, key, i + queries - key);
  }
}

/// Runs work(piece, head) for every document and each of some heads, in parallel.
template <class Work>
void for_pieces(const Batch& batch, Span heads, Index head_width, Work work) {
#pragma omp parallel for schedule(dynamic)
  for (Index task = 0; task < batch.documents() * heads.size(); ++task) {
    const Span document = batch.document(task / heads.size());
    const Index head = heads.begin + task % heads.size();
    work(Piece{document.begin, document.size(), head * head_width, head_width}, head);
  }
}

/// scores[j, i] = start[i] + q[i] . k[j]
template <class Real>
void find_scores(ConstMatrixRef<Real> q, ConstMatrixRef<Real> k, const QueryRow<Real>& start, Scores<Real>& scores) {
  scores.reshape(k.rows(), query_block);
  matmul_on_this_thread<Real>(plain<Real>(k), transposed<Real>(q), start.head(q.rows()).matrix(),
                              scores.leftCols(q.rows()));
}

/// Calls set(j, i) for what the queries query, query + 1, ... of a block must not see of the keys key, key + 1, ...
template <class Set>
void for_hidden(const AttentionShape& shape, Index query, Index queries, Index key, Index keys, Set set) {
  for (Index j = std::max<Index>(0, query - key + 1); j < keys; ++j)  // keys after the query
    for (Index i = 0; i < std::min(queries, key + j - query); ++i) set(j, i);
  if (shape.window == 0) return;
  for (Index j = 0; key + j <= query + queries - 1 - shape.window; ++j)  // keys before the window
    for (Index i = std::max<Index>(0, key + j + shape.window - query); i < queries; ++i) set(j, i);
}

/// sums[:, i] = sum over j of weights[j, i] values[j]: features x queries, for again the queries fill the vectors.
template <class Real>
Buffer<Real>& weighted_sums(ConstMatrixRef<Real> weights, ConstMatrixRef<Real> values) {
  static thread_local Buffer<Real> sums;
  sums.reshape(values.cols(), weights.cols());
  matmul_on_this_thread<Real>(transposed<Real>(values), plain<Real>(weights), sums, Update::set);
  return sums;
}

template <class Real>
void head_forward(const Piece& piece, Index head, const AttentionShape& shape, AttentionTape<Real>& tape) {
  static thread_local Scores<Real> weights;
  const auto q = piece.of(tape.q), k = piece.of(tape.k), v = piece.of(tape.v);
  auto out = piece.of(tape.out);
  for_query_blocks(shape, piece.rows, [&](Index query, Index queries, Index key, Index keys) {
    find_scores<Real>(q.middleRows(query, queries), k.middleRows(key, keys), QueryRow<Real>::Zero(), weights);
    for_hidden(shape, query, queries, key, keys,
               [](Index j, Index i) { weights.key(j)[i] = std::numeric_limits<Real>::lowest(); });
    QueryRow<Real> largest = weights.key(0), sum = QueryRow<Real>::Zero();
    for (Index j = 1; j < keys; ++j) largest = largest.max(weights.key(j));
    for (Index j = 0; j < keys; ++j) weights.key(j) = (weights.key(j) - largest).exp();
    for_hidden(shape, query, queries, key, keys, [](Index j, Index i) { weights.key(j)[i] = 0; });
    for (Index j = 0; j < keys; ++j) sum += weights.key(j);
    Buffer<Real>& sums = weighted_sums<Real>(weights.leftCols(queries), v.middleRows(key, keys));
    sums.array().rowwise() /= sum.head(queries);
    out.middleRows(query, queries) = sums.transpose();
    for (Index i = 0; i < queries; ++i) tape.log_sum(piece.row + query + i, head) = largest[i] + std::log(sum[i]);
  });
}

template <class Real>
void head_backward(const Piece& piece, Index head, const AttentionShape& shape, const AttentionTape<Real>& tape,
                   AttentionScratch<Real>& scratch) {
  static thread_local Scores<Real> weights, ds;
  static thread_local Buffer<Real> block_q, block_dout, dk, dv;  // padded: a head may be a few numbers wide
  const auto q = piece.of(tape.q), k = piece.of(tape.k), v = piece.of(tape.v), out = piece.of(tape.out);
  const auto dout = piece.of(scratch.dout);
  auto dq = piece.of(scratch.dq);
  for (Buffer<Real>* m : {&block_q, &block_dout}) m->reshape(query_block, whole_vectors<Real>(piece.columns));
  for (Buffer<Real>* m : {&dk, &dv}) m->reshape(piece.rows, whole_vectors<Real>(piece.columns));
  for (Buffer<Real>* m : {&block_q, &block_dout, &dk, &dv}) m->setZero();
  for_query_blocks(shape, piece.rows, [&](Index query, Index queries, Index key, Index keys) {
    const auto some_q = q.middleRows(query, queries);
    const auto some_dout = dout.middleRows(query, queries);
    block_q.topLeftCorner(queries, piece.columns) = some_q;
    block_dout.topLeftCorner(queries, piece.columns) = some_dout;
    QueryRow<Real> log_sum = QueryRow<Real>::Zero(), mean = QueryRow<Real>::Zero();
    for (Index i = 0; i < queries; ++i) {
      log_sum[i] = tape.log_sum(piece.row + query + i, head);
      mean[i] = some_dout.row(i).dot(out.row(query + i));  // the sum over j of w dL/dw, as out is the sum of w v
    }
    find_scores<Real>(some_q, k.middleRows(key, keys), -log_sum, weights);
    for (Index j = 0; j < keys; ++j) weights.key(j) = weights.key(j).exp();
    for_hidden(shape, query, queries, key, keys, [](Index j, Index i) { weights.key(j)[i] = 0; });
    find_scores<Real>(some_dout, v.middleRows(key, keys), -mean, ds);
    for (Index j = 0; j < keys; ++j) ds.key(j) *= weights.key(j);
    dq.middleRows(query, queries) = weighted_sums<Real>(ds.leftCols(queries), k.middleRows(key, keys)).transpose();
    matmul_on_this_thread<Real>(plain<Real>(weights.leftCols(queries)), plain<Real>(block_dout.topRows(queries)),
                                dv.middleRows(key, keys), Update::add);
    matmul_on_this_thread<Real>(plain<Real>(ds.leftCols(queries)), plain<Real>(block_q.topRows(queries)),
                                dk.middleRows(key, keys), Update::add);
  });
  piece.of(scratch.dk) = dk.leftCols(piece.columns);
  piece.of(scratch.dv) = dv.leftCols(piece.columns);
}

/// to = factor(head) * from, for the columns of some heads.
template <class Real, class Factor>
void scale_heads(ConstMatrixRef<Real> from, Factor factor, Index head_width, Span heads, MatrixRef<Real> to) {
#pragma omp parallel for schedule(static)
  for (Index t = 0; t < from.rows(); ++t)
    for (Index h = heads.begin; h < heads.end; ++h)
      to.row(t).segment(h * head_width, head_width) = factor(h) * from.row(t).segment(h * head_width, head_width);
}

/// What divides scores where they are scaled; it acts on q.
template <class Real>
auto score_factor(Index head_width) {
  return [factor = 1 / std::sqrt(static_cast<Real>(head_width))](Index) { return factor; };
}

}  // namespace

template <class Real>
void AttentionTape<Real>::reshape(Index tokens, Index width, Index heads) {
  for (Buffer<Real>* m : {&q, &k, &v, &out, &gated}) m->reshape(tokens, width);
  log_sum.reshape(tokens, heads);
}

template <class Real>
void AttentionScratch<Real>::reshape(Index tokens, Index width) {
  for (Buffer<Real>* m : {&dout, &dq, &dk, &dv}) m->reshape(tokens, width);
}

template <class Real>
void attention_forward(const Batch& batch, ConstMatrixRef<Real> x, const AttentionShape& shape,
                       const AttentionView<Real>& p, const Gate<Real>& gate, MatrixRef<Real> stream,
                       AttentionTape<Real>& tape) {
  const Index head_width = x.cols() / shape.heads;
  add_bias<Real>(p.b_o, stream);
  for (const Span& heads : gate.open) {
    const Index from = heads.begin * head_width, columns = heads.size() * head_width;
    linear_forward<Real>(x, p.w_q.middleCols(from, columns), tape.q.middleCols(from, columns), Update::set);
    linear_forward<Real>(x, p.w_k.middleCols(from, columns), tape.k.middleCols(from, columns), Update::set);
    linear_forward<Real>(x, p.w_v.middleCols(from, columns), tape.v.middleCols(from, columns), Update::set);
    if (shape.scaled) scale_heads<Real>(tape.q, score_factor<Real>(head_width), head_width, heads, tape.q);
    for_pieces(batch, heads, head_width,
               [&](const Piece& piece, Index head) { head_forward(piece, head, shape, tape); });
    scale_heads<Real>(
        tape.out, [&](Index h) { return gate.factor[h]; }, head_width, heads, tape.gated);
    linear_forward<Real>(tape.gated.middleCols(from, columns), p.w_o.middleRows(from, columns), stream, Update::add);
  }
}

template <class Real>
void attention_backward(const Batch& batch, ConstMatrixRef<Real> dy, ConstMatrixRef<Real> x,
                        const AttentionShape& shape, const AttentionView<Real>& p, const Gate<Real>& gate,
                        const Gate<Real>& pass, const AttentionTape<Real>& tape, const Wanted& wanted,
                        AttentionScratch<Real>& scratch, MatrixRef<Real> dx, AttentionView<Real> gradient) {
  const Index head_width = x.cols() / shape.heads;
  dx.setZero();
  if (wanted.output_bias) linear_backward_bias<Real>(dy, gradient.b_o);
  for (const Span& lit : gate.open) {
    if (const Span out = common(lit, wanted.outputs); out.size() > 0)
      linear_backward_weight<Real>(tape.gated.middleCols(out.begin * head_width, out.size() * head_width), dy,
                                   gradient.w_o.middleRows(out.begin * head_width, out.size() * head_width));
    for (const Span& passing : pass.open) {
      const Span heads = common(lit, passing);
      if (heads.size() == 0) continue;
      const Index from = heads.begin * head_width, columns = heads.size() * head_width;
      linear_backward_input<Real>(dy, p.w_o.middleRows(from, columns), scratch.dout.middleCols(from, columns),
                                  Update::set);
      scale_heads<Real>(
          scratch.dout, [&](Index h) { return gate.factor[h] * pass.factor[h]; }, head_width, heads, scratch.dout);
      for_pieces(batch, heads, head_width,
                 [&](const Piece& piece, Index head) { head_backward(piece, head, shape, tape, scratch); });
      const Span in = common(heads, wanted.inputs);
      const auto through = [&](ConstMatrixRef<Real> d, const MatrixMap<Real>& weight, MatrixMap<Real>& dweight) {
        linear_backward_input<Real>(d.middleCols(from, columns), weight.middleCols(from, columns), dx, Update::add);
        if (in.size() > 0)
          linear_backward_weight<Real>(x, d.middleCols(in.begin * head_width, in.size() * head_width),
                                       dweight.middleCols(in.begin * head_width, in.size() * head_width));
      };
      if (shape.scaled) scale_heads<Real>(scratch.dq, score_factor<Real>(head_width), head_width, heads, scratch.dq);
      through(scratch.dq, p.w_q, gradient.w_q);
      through(scratch.dk, p.w_k, gradient.w_k);
      through(scratch.dv, p.w_v, gradient.w_v);
    }
  }
}

template <class Real>
void attention_backward_gate(ConstMatrixRef<Real> dy, const AttentionShape& shape, const AttentionView<Real>& p,
                             const Gate<Real>& gate, const AttentionTape<Real>& tape, AttentionScratch<Real>& scratch,
                             RowRef<Real> dgate) {
  const Index head_width = dy.cols() / shape.heads;
  for (const Span& heads : gate.open) {
    const Index from = heads.begin * head_width, columns = heads.size() * head_width;
    linear_backward_input<Real>(dy, p.w_o.middleRows(from, columns), scratch.dout.middleCols(from, columns),
                                Update::set);
    for (Index h = heads.begin; h < heads.end; ++h)
      dgate[h] += scratch.dout.middleCols(h * head_width, head_width)
                      .cwiseProduct(tape.out.middleCols(h * head_width, head_width))
                      .sum();
  }
}

#define INSTANTIATE(Real)                                                                                              \
  template struct AttentionTape<Real>;                                                                                 \
  template struct AttentionScratch<Real>;                                                                              \
  template void attention_forward<Real>(const Batch&, ConstMatrixRef<Real>, const AttentionShape&,                     \
                                        const AttentionView<Real>&, const Gate<Real>&, MatrixRef<Real>,                \
                                        AttentionTape<Real>&);                                                         \
  template void attention_backward<Real>(const Batch&, ConstMatrixRef<Real>, ConstMatrixRef<Real>,                     \
                                         const AttentionShape&, const AttentionView<Real>&, const Gate<Real>&,         \
                                         const Gate<Real>&, const AttentionTape<Real>&, const Wanted&,                 \
                                         AttentionScratch<Real>&, MatrixRef<Real>, AttentionView<Real>);               \
  template void attention_backward_gate<Real>(ConstMatrixRef<Real>, const AttentionShape&, const AttentionView<Real>&, \
                                              const Gate<Real>&, const AttentionTape<Real>&, AttentionScratch<Real>&,  \
                                              RowRef<Real>);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace sgtm
