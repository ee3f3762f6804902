#pragma once

#include <Eigen/Core>

namespace sgtm {

using Index = Eigen::Index;

/// Row-major throughout: a row is a token, a column a feature.
template <class Real>
using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class Real>
using Row = Eigen::Matrix<Real, 1, Eigen::Dynamic, Eigen::RowMajor>;

/// Views, so that a part of a matrix (some heads, some units) can be passed without a copy.
template <class Real>
using MatrixRef = Eigen::Ref<Matrix<Real>, 0, Eigen::OuterStride<>>;
template <class Real>
using ConstMatrixRef = const Eigen::Ref<const Matrix<Real>, 0, Eigen::OuterStride<>>&;
template <class Real>
using RowRef = Eigen::Ref<Row<Real>>;
template <class Real>
using ConstRowRef = const Eigen::Ref<const Row<Real>>&;

/// Named windows into one long array of parameters, gradients or moments.
template <class Real>
using MatrixMap = Eigen::Map<Matrix<Real>>;
template <class Real>
using RowMap = Eigen::Map<Row<Real>>;

/// Consecutive indices begin, begin + 1, ..., end - 1: some columns, rows, heads or units.
struct IndexRange {
  Index begin = 0;
  Index end = 0;
  Index size() const { return end - begin; }
  bool operator==(const IndexRange&) const = default;
};

/// The rows, and the columns, of a matrix that a range names, without a copy.
template <class M>
auto rows_of(M&& matrix, IndexRange some) {
  return matrix.middleRows(some.begin, some.size());
}
template <class M>
auto columns_of(M&& matrix, IndexRange some) {
  return matrix.middleCols(some.begin, some.size());
}

}  // namespace sgtm
