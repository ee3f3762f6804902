#include "core/matmul.hpp"

#include <omp.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace sgtm {
namespace {

// A register tile is tile_rows rows of c by one or two vectors, held in registers while k runs. Twelve rows of two
// vectors use 24 of AVX-512's 32 registers and give each multiply-add time to finish before its register is needed
// again; AVX2 has 16 registers, so six rows.
#if defined(__AVX512F__)
constexpr int vector_bytes = 64, tile_rows = 12;
#elif defined(__AVX__)
constexpr int vector_bytes = 32, tile_rows = 6;
#else
constexpr int vector_bytes = 16, tile_rows = 8;
#endif
// Two vectors per row make a wide tile. The last columns of a matrix, and heads that are a few numbers wide, may fit a
// narrow tile of one.
constexpr int widest = 2;

// As much of b as one tile column needs at a time: depth_block x tile columns entries, which stay in the L1 cache.
constexpr Index depth_block = 256;
// Rows of c per task: enough to repay the packing of b; fewer where threads would be idle.
constexpr Index most_task_rows = 384, fewest_task_rows = 24;

template <class Real>
struct Lane {
  using Vector [[gnu::vector_size(vector_bytes), gnu::may_alias]] = Real;
  using UnalignedVector [[gnu::vector_size(vector_bytes), gnu::may_alias, gnu::aligned(alignof(Real))]] = Real;
  static constexpr int count = vector_bytes / static_cast<int>(sizeof(Real));
};
template <class Real>
constexpr Index tile_columns = Lane<Real>::count* widest;

/// The columns [column, column + width) of b, rows [k, k + depth), laid out row after row; zeros beyond b's edge.
template <class Real>
void pack(const Operand<Real>& b, Index k, Index depth, Index column, Index width, Real* packed) {
  const Index present = std::min(width, b.columns - column);
  const Real* from = b.data + k * b.row_step + column * b.column_step;
  if (present < width) std::fill_n(packed, depth * width, Real(0));
  if (b.column_step == 1) {
    for (Index r = 0; r < depth; ++r) std::copy_n(from + r * b.row_step, present, packed + r * width);
  } else {
    for (Index j = 0; j < present; ++j)
      for (Index r = 0; r < depth; ++r) packed[r * width + j] = from[r * b.row_step + j * b.column_step];
  }
}

/// c (Rows x Vectors vectors, row_step apart) = or += a (Rows x depth) packed (depth x Vectors vectors).
template <class Real, int Vectors, int Rows>
void multiply_tile(const Real* a, Index a_row_step, Index a_column_step, const Real* packed, Index depth, Real* c,
                   Index c_row_step, Update update) {
  using Vector = typename Lane<Real>::Vector;
  using UnalignedVector = typename Lane<Real>::UnalignedVector;
  constexpr int lanes = Lane<Real>::count;
  Vector sum[Rows][Vectors] = {};
  if (update == Update::add)
    for (int i = 0; i < Rows; ++i)
      for (int v = 0; v < Vectors; ++v)
        sum[i][v] = *reinterpret_cast<const UnalignedVector*>(c + i * c_row_step + v * lanes);
  for (Index k = 0; k < depth; ++k) {
    const auto* row = reinterpret_cast<const Vector*>(packed + k * lanes * Vectors);
    for (int i = 0; i < Rows; ++i) {
      const Real factor = a[i * a_row_step + k * a_column_step];
      for (int v = 0; v < Vectors; ++v) sum[i][v] += factor * row[v];
    }
  }
  for (int i = 0; i < Rows; ++i)
    for (int v = 0; v < Vectors; ++v) *reinterpret_cast<UnalignedVector*>(c + i * c_row_step + v * lanes) = sum[i][v];
}

template <class Real>
using TileFunction = void (*)(const Real*, Index, Index, const Real*, Index, Real*, Index, Update);

/// multiply_tile for 1 ... tile_rows rows: the last rows of a matrix seldom fill a tile.
template <class Real, int Vectors, int... Rows>
constexpr auto tile_functions(std::integer_sequence<int, Rows...>) {
  return std::array<TileFunction<Real>, sizeof...(Rows)>{&multiply_tile<Real, Vectors, Rows + 1>...};
}

/// The entries of c in rows [row, row_end) and one tile's columns from `column` on.
template <class Real>
void multiply_panel(const Operand<Real>& a, const Operand<Real>& b, MatrixRef<Real>& c, Update update, Index row,
                    Index row_end, Index column) {
  constexpr auto all_rows = std::make_integer_sequence<int, tile_rows>();
  constexpr auto wide = tile_functions<Real, widest>(all_rows);
  constexpr auto narrow = tile_functions<Real, 1>(all_rows);
  alignas(64) Real packed[depth_block * tile_columns<Real>];
  alignas(64) Real edge[tile_rows * tile_columns<Real>];
  const Index left = c.cols() - column;
  const Index width = left > Lane<Real>::count ? tile_columns<Real> : Lane<Real>::count;
  const Index present = std::min(width, left);
  for (Index k = 0; k < a.columns; k += depth_block) {
    const Index depth = std::min(depth_block, a.columns - k);
    const Update part = k > 0 ? Update::add : update;
    pack(b, k, depth, column, width, packed);
    for (Index i = row; i < row_end; i += tile_rows) {
      const Index rows = std::min<Index>(tile_rows, row_end - i);
      const auto function = (width == tile_columns<Real> ? wide : narrow)[static_cast<std::size_t>(rows - 1)];
      const Real* from = a.data + i * a.row_step + k * a.column_step;
      if (present == width) {
        function(from, a.row_step, a.column_step, packed, depth, &c(i, column), c.outerStride(), part);
      } else {  // the right edge: a whole tile aside, of which c takes what it has room for
        if (part == Update::add)
          for (Index r = 0; r < rows; ++r) std::copy_n(&c(i + r, column), present, edge + r * width);
        function(from, a.row_step, a.column_step, packed, depth, edge, width, part);
        for (Index r = 0; r < rows; ++r) std::copy_n(edge + r * width, present, &c(i + r, column));
      }
    }
  }
}

template <class Real>
void check(const Operand<Real>& a, const Operand<Real>& b, const MatrixRef<Real>& c) {
  assert(a.columns == b.rows && a.rows == c.rows() && b.columns == c.cols());
  (void)a, (void)b, (void)c;
}

}  // namespace

template <class Real>
void matmul(const Operand<Real>& a, const Operand<Real>& b, MatrixRef<Real> c, Update update) {
  check(a, b, c);
  const Index panels = (c.cols() + tile_columns<Real> - 1) / tile_columns<Real>;
  Index task_rows = most_task_rows;
  while (task_rows > fewest_task_rows && (c.rows() / task_rows + 1) * panels < 4 * omp_get_max_threads())
    task_rows /= 2;
  const Index tasks = (c.rows() + task_rows - 1) / task_rows * panels;
#pragma omp parallel for schedule(static)
  for (Index task = 0; task < tasks; ++task) {
    const Index row = task / panels * task_rows;
    multiply_panel(a, b, c, update, row, std::min(row + task_rows, c.rows()), task % panels * tile_columns<Real>);
  }
}

template <class Real>
void matmul_on_this_thread(const Operand<Real>& a, const Operand<Real>& b, MatrixRef<Real> c, Update update) {
  check(a, b, c);
  for (Index column = 0; column < c.cols(); column += tile_columns<Real>)
    multiply_panel(a, b, c, update, 0, c.rows(), column);
}

template void matmul(const Operand<float>&, const Operand<float>&, MatrixRef<float>, Update);
template void matmul(const Operand<double>&, const Operand<double>&, MatrixRef<double>, Update);
template void matmul_on_this_thread(const Operand<float>&, const Operand<float>&, MatrixRef<float>, Update);
template void matmul_on_this_thread(const Operand<double>&, const Operand<double>&, MatrixRef<double>, Update);

}  // namespace sgtm
