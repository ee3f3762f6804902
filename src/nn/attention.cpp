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

/// Some queries of a document, and all the keys that any of them sees. Places are counted in the document.
struct QueryBlock {
  IndexRange queries, keys;
};

/// Calls work(block) for block after block of a document.
template <class Work>
void for_query_blocks(const AttentionShape& shape, Index tokens, Work work) {
  for (Index first = 0; first < tokens; first += query_block) {
    const Index end = std::min(first + query_block, tokens);
    const Index first_key = shape.window == 0 ? 0 : std::max<Index>(0, first - shape.window + 1);
    work(QueryBlock{{first, end}, {first_key, end}});
  }
}

/// Runs work(piece, head) for every document and each of some heads, in parallel.
template <class Work>
void for_pieces(const Batch& batch, IndexRange heads, Index head_width, Work work) {
#pragma omp parallel for schedule(dynamic)
  for (Index task = 0; task < batch.documents() * heads.size(); ++task) {
    const IndexRange document = batch.document(task / heads.size());
    const Index head = heads.begin + task % heads.size();
    work(Piece{document.begin, document.size(), head * head_width, head_width}, head);
  }
}

/// products[j, i] = start[i] + a[i] . b[j], for the queries i and keys j of a block.
template <class Real>
void dot_products(const QueryRow<Real>& start, ConstMatrixRef<Real> a, ConstMatrixRef<Real> b, Scores<Real>& products) {
  products.reshape(b.rows(), query_block);
  matmul_on_this_thread<Real>(plain<Real>(b), transposed<Real>(a), start.head(a.rows()).matrix(),
                              products.leftCols(a.rows()));
}

/// scores[j, i] = value wherever query i must not see key j: the key comes after it, or lies before its window.
template <class Real>
void set_unseen(const AttentionShape& shape, const QueryBlock& block, Real value, Scores<Real>& scores) {
  const auto [query, query_end] = block.queries;
  const auto [key, key_end] = block.keys;
  for (Index j = std::max(key, query + 1); j < key_end; ++j)  // later keys
    for (Index i = query; i < std::min(query_end, j); ++i) scores.key(j - key)[i - query] = value;
  if (shape.window == 0) return;
  for (Index j = key; j + shape.window < query_end; ++j)  // keys before the window
    for (Index i = std::max(query, j + shape.window); i < query_end; ++i) scores.key(j - key)[i - query] = value;
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
void head_forward(const Piece& piece, Index head, const AttentionShape& shape, SavedAttention<Real>& saved) {
  static thread_local Scores<Real> weights;
  const auto q = piece.of(saved.q), k = piece.of(saved.k), v = piece.of(saved.v);
  auto out = piece.of(saved.out);
  for_query_blocks(shape, piece.rows, [&](const QueryBlock& block) {
    const Index queries = block.queries.size(), keys = block.keys.size();
    dot_products<Real>(QueryRow<Real>::Zero(), rows_of(q, block.queries), rows_of(k, block.keys),
                       weights);  // the scores
    set_unseen(shape, block, std::numeric_limits<Real>::lowest(), weights);
    QueryRow<Real> largest = weights.key(0), sum = QueryRow<Real>::Zero();
    for (Index j = 1; j < keys; ++j) largest = largest.max(weights.key(j));
    for (Index j = 0; j < keys; ++j) weights.key(j) = (weights.key(j) - largest).exp();
    set_unseen<Real>(shape, block, 0, weights);  // exp() of a vector is not exactly 0 there
    for (Index j = 0; j < keys; ++j) sum += weights.key(j);
    Buffer<Real>& sums = weighted_sums<Real>(weights.leftCols(queries), rows_of(v, block.keys));
    sums.array().rowwise() /= sum.head(queries);
    rows_of(out, block.queries) = sums.transpose();
    for (Index i = 0; i < queries; ++i)
      saved.log_sum(piece.row + block.queries.begin + i, head) = largest[i] + std::log(sum[i]);
  });
}

template <class Real>
void head_backward(const Piece& piece, Index head, const AttentionShape& shape, const SavedAttention<Real>& saved,
                   AttentionScratch<Real>& scratch) {
  static thread_local Scores<Real> weights, ds;
  static thread_local Buffer<Real> block_q, block_dout, dk, dv;  // padded: a head may be a few numbers wide
  const auto q = piece.of(saved.q), k = piece.of(saved.k), v = piece.of(saved.v), out = piece.of(saved.out);
  const auto dout = piece.of(scratch.dout);
  auto dq = piece.of(scratch.dq);
  for (Buffer<Real>* m : {&block_q, &block_dout}) m->reshape(query_block, whole_vectors<Real>(piece.columns));
  for (Buffer<Real>* m : {&dk, &dv}) m->reshape(piece.rows, whole_vectors<Real>(piece.columns));
  for (Buffer<Real>* m : {&block_q, &block_dout, &dk, &dv}) m->setZero();
  for_query_blocks(shape, piece.rows, [&](const QueryBlock& block) {
    const Index query = block.queries.begin, queries = block.queries.size(), keys = block.keys.size();
    const auto some_q = rows_of(q, block.queries);
    const auto some_dout = rows_of(dout, block.queries);
    block_q.topLeftCorner(queries, piece.columns) = some_q;
    block_dout.topLeftCorner(queries, piece.columns) = some_dout;
    QueryRow<Real> log_sum = QueryRow<Real>::Zero(), mean = QueryRow<Real>::Zero();
    for (Index i = 0; i < queries; ++i) {
      log_sum[i] = saved.log_sum(piece.row + query + i, head);
      mean[i] = some_dout.row(i).dot(out.row(query + i));  // sum over j of w dL/dw, because out is the sum of w v
    }
    dot_products<Real>(-log_sum, some_q, rows_of(k, block.keys), weights);  // scores - log_sum: the logs of the weights
    for (Index j = 0; j < keys; ++j) weights.key(j) = weights.key(j).exp();
    set_unseen<Real>(shape, block, 0, weights);
    dot_products<Real>(-mean, some_dout, rows_of(v, block.keys), ds);  // dL/dw - mean
    for (Index j = 0; j < keys; ++j) ds.key(j) *= weights.key(j);
    rows_of(dq, block.queries) = weighted_sums<Real>(ds.leftCols(queries), rows_of(k, block.keys)).transpose();
    matmul_on_this_thread<Real>(plain<Real>(weights.leftCols(queries)), plain<Real>(block_dout.topRows(queries)),
                                rows_of(dv, block.keys), Update::add);
    matmul_on_this_thread<Real>(plain<Real>(ds.leftCols(queries)), plain<Real>(block_q.topRows(queries)),
                                rows_of(dk, block.keys), Update::add);
  });
  piece.of(scratch.dk) = dk.leftCols(piece.columns);
  piece.of(scratch.dv) = dv.leftCols(piece.columns);
}

/// to = factor(head) * from, for the columns of some heads.
template <class Real, class Factor>
void scale_heads(ConstMatrixRef<Real> from, Factor factor, Index head_width, IndexRange heads, MatrixRef<Real> to) {
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
void SavedAttention<Real>::reshape(Index tokens, Index width, Index heads) {
  for (Buffer<Real>* m : {&q, &k, &v, &out, &masked}) m->reshape(tokens, width);
  log_sum.reshape(tokens, heads);
}

template <class Real>
void AttentionScratch<Real>::reshape(Index tokens, Index width) {
  for (Buffer<Real>* m : {&dout, &dq, &dk, &dv}) m->reshape(tokens, width);
}

template <class Real>
void attention_forward(const Batch& batch, ConstMatrixRef<Real> x, const AttentionShape& shape,
                       const AttentionView<Real>& p, const UnitMask<Real>& mask, MatrixRef<Real> stream,
                       SavedAttention<Real>& saved) {
  const Index head_width = x.cols() / shape.heads;
  add_bias<Real>(p.b_o, stream);
  for (const IndexRange& heads : mask.computed) {
    const Index from = heads.begin * head_width, columns = heads.size() * head_width;
    linear_forward<Real>(x, p.w_q.middleCols(from, columns), saved.q.middleCols(from, columns), Update::set);
    linear_forward<Real>(x, p.w_k.middleCols(from, columns), saved.k.middleCols(from, columns), Update::set);
    linear_forward<Real>(x, p.w_v.middleCols(from, columns), saved.v.middleCols(from, columns), Update::set);
    if (shape.scaled) scale_heads<Real>(saved.q, score_factor<Real>(head_width), head_width, heads, saved.q);
    for_pieces(batch, heads, head_width,
               [&](const Piece& piece, Index head) { head_forward(piece, head, shape, saved); });
    scale_heads<Real>(
        saved.out, [&](Index h) { return mask.factor[h]; }, head_width, heads, saved.masked);
    linear_forward<Real>(saved.masked.middleCols(from, columns), p.w_o.middleRows(from, columns), stream, Update::add);
  }
}

template <class Real>
void attention_backward(const Batch& batch, ConstMatrixRef<Real> dy, ConstMatrixRef<Real> x,
                        const AttentionShape& shape, const AttentionView<Real>& p, const UnitMask<Real>& mask,
                        const UnitMask<Real>& stop_gradient, const SavedAttention<Real>& saved,
                        const RequiresGrad& requires_grad, AttentionScratch<Real>& scratch, MatrixRef<Real> dx,
                        AttentionView<Real> gradient) {
  const Index head_width = x.cols() / shape.heads;
  dx.setZero();
  if (requires_grad.output_bias) linear_backward_bias<Real>(dy, gradient.b_o);
  const auto entries_of = [head_width](IndexRange heads) {
    return IndexRange{heads.begin * head_width, heads.end * head_width};
  };
  for (const IndexRange& heads : mask.computed)
    if (const IndexRange outputs = entries_of(common(heads, requires_grad.outputs)); outputs.size() > 0)
      linear_backward_weight<Real>(columns_of(saved.masked, outputs), dy, rows_of(gradient.w_o, outputs));
  for_common(mask.computed, stop_gradient.computed, [&](IndexRange heads) {
    const IndexRange entries = entries_of(heads), inputs = entries_of(common(heads, requires_grad.inputs));
    linear_backward_input<Real>(dy, rows_of(p.w_o, entries), columns_of(scratch.dout, entries), Update::set);
    scale_heads<Real>(
        scratch.dout, [&](Index h) { return mask.factor[h] * stop_gradient.factor[h]; }, head_width, heads,
        scratch.dout);
    for_pieces(batch, heads, head_width,
               [&](const Piece& piece, Index head) { head_backward(piece, head, shape, saved, scratch); });
    if (shape.scaled) scale_heads<Real>(scratch.dq, score_factor<Real>(head_width), head_width, heads, scratch.dq);
    const auto through = [&](ConstMatrixRef<Real> d, const MatrixMap<Real>& weight, MatrixMap<Real>& dweight) {
      linear_backward_input<Real>(columns_of(d, entries), columns_of(weight, entries), dx, Update::add);
      if (inputs.size() > 0) linear_backward_weight<Real>(x, columns_of(d, inputs), columns_of(dweight, inputs));
    };
    through(scratch.dq, p.w_q, gradient.w_q);
    through(scratch.dk, p.w_k, gradient.w_k);
    through(scratch.dv, p.w_v, gradient.w_v);
  });
}

template <class Real>
void attention_backward_mask(ConstMatrixRef<Real> dy, const AttentionShape& shape, const AttentionView<Real>& p,
                             const UnitMask<Real>& mask, const SavedAttention<Real>& saved,
                             AttentionScratch<Real>& scratch, RowRef<Real> dmask) {
  const Index head_width = dy.cols() / shape.heads;
  for (const IndexRange& heads : mask.computed) {
    const Index from = heads.begin * head_width, columns = heads.size() * head_width;
    linear_backward_input<Real>(dy, p.w_o.middleRows(from, columns), scratch.dout.middleCols(from, columns),
                                Update::set);
    for (Index h = heads.begin; h < heads.end; ++h)
      dmask[h] += scratch.dout.middleCols(h * head_width, head_width)
                      .cwiseProduct(saved.out.middleCols(h * head_width, head_width))
                      .sum();
  }
}

#define INSTANTIATE(Real)                                                                                              \
  template struct SavedAttention<Real>;                                                                                \
  template struct AttentionScratch<Real>;                                                                              \
  template void attention_forward<Real>(const Batch&, ConstMatrixRef<Real>, const AttentionShape&,                     \
                                        const AttentionView<Real>&, const UnitMask<Real>&, MatrixRef<Real>,            \
                                        SavedAttention<Real>&);                                                        \
  template void attention_backward<Real>(const Batch&, ConstMatrixRef<Real>, ConstMatrixRef<Real>,                     \
                                         const AttentionShape&, const AttentionView<Real>&, const UnitMask<Real>&,     \
                                         const UnitMask<Real>&, const SavedAttention<Real>&, const RequiresGrad&,      \
                                         AttentionScratch<Real>&, MatrixRef<Real>, AttentionView<Real>);               \
  template void attention_backward_mask<Real>(ConstMatrixRef<Real>, const AttentionShape&, const AttentionView<Real>&, \
                                              const UnitMask<Real>&, const SavedAttention<Real>&,                      \
                                              AttentionScratch<Real>&, RowRef<Real>);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace sgtm
