#include "nn/attention.hpp"

#include <algorithm>
#include <cmath>

#include "core/elementwise.hpp"
#include "nn/linear.hpp"

namespace sgtm {
namespace {

// Queries are taken a few at a time, against all the keys that any of them sees: a document's scores are never whole.
constexpr Index query_block = 24;

/// One head on one document: the columns of q, k, v, ... that belong to the head, the rows that are the document.
struct Piece {
  Index row, rows, column, columns;
  template <class M>
  auto of(M& matrix) const {
    return matrix.block(row, column, rows, columns);
  }
};

template <class Real>
Real score_factor(const AttentionShape& shape, Index head_width) {
  return shape.scaled ? 1 / std::sqrt(static_cast<Real>(head_width)) : Real(1);
}

/// The tokens of its document that token i sees.
Span visible_from(const AttentionShape& shape, Index i) {
  return {shape.window == 0 ? 0 : std::max<Index>(0, i - shape.window + 1), i + 1};
}

/// Calls work(first query, queries, first key, keys) for each block of queries of a document.
template <class Work>
void for_query_blocks(const AttentionShape& shape, Index tokens, Work work) {
  for (Index i = 0; i < tokens; i += query_block) {
    const Index queries = std::min(query_block, tokens - i), key = visible_from(shape, i).begin;
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

/// row = exp(row - shift) for the keys that the query sees, 0 for the others.
template <class Real, class ScoreRow>
void exp_visible(ScoreRow row, Span visible, Real shift) {
  Real* scores = row.data() + visible.begin;
  by_lanes(scores, scores, visible.size(), [shift](const Lanes<Real>& s) { return Lanes<Real>((s - shift).exp()); });
  row.head(visible.begin).setZero();
  row.tail(row.size() - visible.end).setZero();
}

template <class Real>
void head_forward(const Piece& piece, Index head, const AttentionShape& shape, AttentionTape<Real>& tape) {
  static thread_local Buffer<Real> weights;
  const auto q = piece.of(tape.q), k = piece.of(tape.k), v = piece.of(tape.v);
  auto out = piece.of(tape.out);
  const Real factor = score_factor<Real>(shape, piece.columns);
  for_query_blocks(shape, piece.rows, [&](Index query, Index queries, Index key, Index keys) {
    weights.reshape(queries, keys);
    matmul_on_this_thread<Real>(plain<Real>(q.middleRows(query, queries)), transposed<Real>(k.middleRows(key, keys)),
                                weights, Update::set);
    if (shape.scaled) weights *= factor;
    for (Index r = 0; r < queries; ++r) {
      const auto [begin, end] = visible_from(shape, query + r);
      const Real largest = weights.row(r).segment(begin - key, end - begin).maxCoeff();
      exp_visible(weights.row(r), {begin - key, end - key}, largest);
      const Real sum = weights.row(r).sum();
      weights.row(r) *= 1 / sum;
      tape.log_sum(piece.row + query + r, head) = largest + std::log(sum);
    }
    matmul_on_this_thread<Real>(plain<Real>(weights), plain<Real>(v.middleRows(key, keys)),
                                out.middleRows(query, queries), Update::set);
  });
}

template <class Real>
void head_backward(const Piece& piece, Index head, const AttentionShape& shape, const AttentionTape<Real>& tape,
                   AttentionScratch<Real>& scratch) {
  static thread_local Buffer<Real> weights, ds;
  const auto q = piece.of(tape.q), k = piece.of(tape.k), v = piece.of(tape.v), out = piece.of(tape.out);
  const auto dout = piece.of(scratch.dout);
  auto dq = piece.of(scratch.dq), dk = piece.of(scratch.dk), dv = piece.of(scratch.dv);
  const Real factor = score_factor<Real>(shape, piece.columns);
  dk.setZero(), dv.setZero();
  for_query_blocks(shape, piece.rows, [&](Index query, Index queries, Index key, Index keys) {
    const auto some_dout = dout.middleRows(query, queries);
    weights.reshape(queries, keys);
    matmul_on_this_thread<Real>(plain<Real>(q.middleRows(query, queries)), transposed<Real>(k.middleRows(key, keys)),
                                weights, Update::set);
    if (shape.scaled) weights *= factor;
    for (Index r = 0; r < queries; ++r) {
      const auto [begin, end] = visible_from(shape, query + r);
      exp_visible(weights.row(r), {begin - key, end - key}, tape.log_sum(piece.row + query + r, head));
    }
    matmul_on_this_thread<Real>(transposed<Real>(weights), plain<Real>(some_dout), dv.middleRows(key, keys),
                                Update::add);
    ds.reshape(queries, keys);
    matmul_on_this_thread<Real>(plain<Real>(some_dout), transposed<Real>(v.middleRows(key, keys)), ds, Update::set);
    for (Index r = 0; r < queries; ++r) {
      // The sum over j of w dL/dw is dout . out, as out is the sum over j of w v.
      const Real mean = some_dout.row(r).dot(out.row(query + r));
      ds.row(r).array() = factor * weights.row(r).array() * (ds.row(r).array() - mean);
    }
    matmul_on_this_thread<Real>(plain<Real>(ds), plain<Real>(k.middleRows(key, keys)), dq.middleRows(query, queries),
                                Update::set);
    matmul_on_this_thread<Real>(transposed<Real>(ds), plain<Real>(q.middleRows(query, queries)),
                                dk.middleRows(key, keys), Update::add);
  });
}

/// to = factor(head) * from, for the columns of some heads.
template <class Real, class Factor>
void scale_heads(ConstMatrixRef<Real> from, Factor factor, Index head_width, Span heads, MatrixRef<Real> to) {
#pragma omp parallel for schedule(static)
  for (Index t = 0; t < from.rows(); ++t)
    for (Index h = heads.begin; h < heads.end; ++h)
      to.row(t).segment(h * head_width, head_width) = factor(h) * from.row(t).segment(h * head_width, head_width);
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
