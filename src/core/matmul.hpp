#pragma once

#include "core/matrix.hpp"

namespace sgtm {

/// A matrix as a product reads it: entry (i, k) is data[i * row_step + k * column_step].
template <class Real>
struct Operand {
  const Real* data;
  Index rows, columns;
  Index row_step, column_step;
};

template <class Real>
Operand<Real> plain(ConstMatrixRef<Real> m) {
  return {m.data(), m.rows(), m.cols(), m.outerStride(), 1};
}
template <class Real>
Operand<Real> transposed(ConstMatrixRef<Real> m) {
  return {m.data(), m.cols(), m.rows(), 1, m.outerStride()};
}

/// What becomes of the old contents of the result.
enum class Update { set, add };

/// c = a b, or c += a b. a: rows x depth, b: depth x columns, c: rows x columns; c shares no memory with a or b.
///
/// Every entry of c is one chain of fused multiply-adds in the order of k:
///
///     c[i, j] = fma(a[i, n], b[n, j], ... fma(a[i, 1], b[1, j], fma(a[i, 0], b[0, j], c0)))
///
/// where c0 is 0 or the old c[i, j]. So its bits depend neither on the number of threads nor on which other entries
/// are computed beside it, and terms whose a or b is 0 may be left out without a trace. Everything this project
/// promises bit for bit (threads, masks that skip work, resumed runs) rests on that.
template <class Real>
void matmul(const Operand<Real>& a, const Operand<Real>& b, MatrixRef<Real> c, Update update);

/// c = a b with `start`, one number per column, as c0 of every row: a linear layer with its bias.
template <class Real>
void matmul(const Operand<Real>& a, const Operand<Real>& b, ConstRowRef<Real> start, MatrixRef<Real> c);

/// The same numbers on the calling thread alone, for callers that are parallel themselves (attention).
template <class Real>
void matmul_on_this_thread(const Operand<Real>& a, const Operand<Real>& b, MatrixRef<Real> c, Update update);
template <class Real>
void matmul_on_this_thread(const Operand<Real>& a, const Operand<Real>& b, ConstRowRef<Real> start, MatrixRef<Real> c);

/// So many columns, or a few more, that a result of them has no ragged edge: whole vectors. Narrow results that are
/// added to again and again are worth the padding.
template <class Real>
Index whole_vectors(Index columns);

}  // namespace sgtm
