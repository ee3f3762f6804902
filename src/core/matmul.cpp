#include "core/matmul.hpp"

#include <omp.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "core/parallel.hpp"

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

// As much of b as one tile column needs at a time: depth_block x tile columns entries, which stay near the L1 cache.
constexpr Index depth_block = 256;
// Rows of c per task: enough to repay the packing of b.
constexpr Index most_task_rows = 256;
// Where rows of b lie no further apart than this (in entries), they are read where they are.
constexpr Index near_rows = 32;

template <class Real>
struct Lane {
  using Vector [[gnu::vector_size(vector_bytes), gnu::may_alias]] = Real;
  using UnalignedVector [[gnu::vector_size(vector_bytes), gnu::may_alias, gnu::aligned(alignof(Real))]] = Real;
  static constexpr int count = vector_bytes / static_cast<int>(sizeof(Real));
};
template <class Real>
constexpr Index tile_columns = Lane<Real>::count* widest;

/// low and high = the first and second half of a b interleaved: a_0 b_0 a_1 b_1 ...
template <class Vector, int... I>
void interleave(const Vector& a, const Vector& b, Vector& low, Vector& high, std::integer_sequence<int, I...>) {
  constexpr int count = sizeof...(I);
  low = __builtin_shufflevector(a, b, (I / 2 + I % 2 * count)...);
  high = __builtin_shufflevector(a, b, (count / 2 + I / 2 + I % 2 * count)...);
}

/// to = from transposed, both a vector's length squared, their rows so many entries apart. Shuffled like a deck of
/// cards, first half into second half, as often as 2 goes into their number, the rows are columns (measured: 3.3 times
/// as fast as entry by entry).
template <class Real>
void transpose_square(const Real* from, Index from_step, Real* to, Index to_step) {
  using UnalignedVector = typename Lane<Real>::UnalignedVector;
  constexpr int count = Lane<Real>::count;
  typename Lane<Real>::Vector rows[count], shuffled[count];
  for (int i = 0; i < count; ++i) rows[i] = *reinterpret_cast<const UnalignedVector*>(from + i * from_step);
  for (int done = 1; done < count; done *= 2) {
    for (int i = 0; i < count / 2; ++i)
      interleave(rows[i], rows[i + count / 2], shuffled[2 * i], shuffled[2 * i + 1],
                 std::make_integer_sequence<int, count>());
    for (int i = 0; i < count; ++i) rows[i] = shuffled[i];
  }
  for (int i = 0; i < count; ++i) *reinterpret_cast<UnalignedVector*>(to + i * to_step) = rows[i];
}

/// The columns [column, column + width) of b, rows [k, k + depth), laid out row after row; zeros beyond b's edge.
template <class Real>
void pack(const Operand<Real>& b, Index k, Index depth, Index column, Index width, Real* packed) {
  using UnalignedVector = typename Lane<Real>::UnalignedVector;
  constexpr Index square = Lane<Real>::count;
  const Index present = std::min(width, b.columns - column);
  const Real* from = b.data + k * b.row_step + column * b.column_step;
  if (present < width) std::fill_n(packed, depth * width, Real(0));
  if (b.column_step == 1) {
    for (Index r = 0; r < depth; ++r) {
      Index j = 0;
      for (; j + square <= present; j += square)
        *reinterpret_cast<UnalignedVector*>(packed + r * width + j) =
            *reinterpret_cast<const UnalignedVector*>(from + r * b.row_step + j);
      for (; j < present; ++j) packed[r * width + j] = from[r * b.row_step + j];
    }
    return;
  }
  assert(b.row_step == 1);
  for (Index j = 0; j < present; j += square) {
    Index r = 0;
    if (j + square <= present)
      for (; r + square <= depth; r += square)
        transpose_square(from + j * b.column_step + r, b.column_step, packed + r * width + j, width);
    for (; r < depth; ++r)
      for (Index i = j; i < std::min(j + square, present); ++i) packed[r * width + i] = from[i * b.column_step + r];
  }
}

/// What c's chains start from: zeros where data is null, else the entries there, whose rows are row_step apart.
template <class Real>
struct Start {
  const Real* data;
  Index row_step;
  Start at(Index row, Index column) const {
    return {data == nullptr ? nullptr : data + row * row_step + column, row_step};
  }
};

/// work(0), work(1), ... with constants as arguments. An array that nothing else indexes lies in registers then, from
/// its first number to its last.
template <class Work, int... I>
void unrolled(std::integer_sequence<int, I...>, Work work) {
  (work(std::integral_constant<int, I>()), ...);
}

/// c (Rows x Vectors vectors, row_step apart) = start + a (Rows x depth) b (depth x Vectors vectors, b_row_step apart).
/// flatten: where g++ inlines the lambdas late, it runs out of registers for addresses (measured: 5 % slower).
template <class Real, int Vectors, int Rows>
[[gnu::flatten]] void multiply_tile(const Real* a, Index a_row_step, Index a_column_step, const Real* b,
                                    Index b_row_step, Index depth, Start<Real> start, Real* c, Index c_row_step) {
  using Vector = typename Lane<Real>::Vector;
  using UnalignedVector = typename Lane<Real>::UnalignedVector;
  constexpr int lanes = Lane<Real>::count;
  constexpr auto rows = std::make_integer_sequence<int, Rows>();
  constexpr auto vectors = std::make_integer_sequence<int, Rows * Vectors>();
  Vector sum[Rows * Vectors];
  if (start.data == nullptr)
    unrolled(vectors, [&](auto i) { sum[i] = Vector{}; });
  else
    unrolled(vectors, [&](auto i) {
      sum[i] =
          *reinterpret_cast<const UnalignedVector*>(start.data + i / Vectors * start.row_step + i % Vectors * lanes);
    });
  const auto add_products = [&](auto row_step, auto column_step, auto look_ahead) {
    for (Index k = 0; k < depth; ++k) {
      look_ahead(k);
      Vector row[Vectors];
      for (int v = 0; v < Vectors; ++v)
        row[v] = *reinterpret_cast<const UnalignedVector*>(b + k * b_row_step + v * lanes);
      unrolled(rows, [&](auto i) {
        const Real factor = a[i * row_step + k * column_step];
        for (int v = 0; v < Vectors; ++v) sum[i * Vectors + v] += factor * row[v];
      });
    }
  };
  // One of a's steps is 1: told so, the compiler has registers enough for the rest of the addresses. Columns lie too
  // far apart for the processor to foresee the next tile's numbers in them.
  constexpr std::integral_constant<Index, 1> one;
  if (a_row_step == 1)
    add_products(one, a_column_step, [&](Index k) { __builtin_prefetch(a + k * a_column_step + 2 * Rows - 1); });
  else
    add_products(a_row_step, one, [](Index) {});
  unrolled(vectors, [&](auto i) {
    *reinterpret_cast<UnalignedVector*>(c + i / Vectors * c_row_step + i % Vectors * lanes) = sum[i];
  });
}

template <class Real>
using TileFunction = void (*)(const Real*, Index, Index, const Real*, Index, Index, Start<Real>, Real*, Index);

/// multiply_tile for 1 ... tile_rows rows: the last rows of a matrix seldom fill a tile.
template <class Real, int Vectors, int... Rows>
constexpr auto tile_functions(std::integer_sequence<int, Rows...>) {
  return std::array<TileFunction<Real>, sizeof...(Rows)>{&multiply_tile<Real, Vectors, Rows + 1>...};
}

/// The entries of c in a block's rows, from `row` on, and one tile's columns from `column` on.
template <class Real>
void multiply_panel(const Operand<Real>& a, const Real* b, Index b_row_step, Index width, Start<Real> start,
                    MatrixRef<Real>& c, Index row, Index column) {
  constexpr auto all_rows = std::make_integer_sequence<int, tile_rows>();
  constexpr auto wide = tile_functions<Real, widest>(all_rows);
  constexpr auto narrow = tile_functions<Real, 1>(all_rows);
  alignas(64) Real edge[tile_rows * tile_columns<Real>];
  const Index present = std::min(width, c.cols() - column);
  for (Index i = 0; i < a.rows; i += tile_rows) {
    const Index rows = std::min<Index>(tile_rows, a.rows - i);
    const auto function = (width == tile_columns<Real> ? wide : narrow)[static_cast<std::size_t>(rows - 1)];
    const Real* from = a.data + i * a.row_step;
    const Start<Real> some = start.at(row + i, column);
    Real* to = &c(row + i, column);
    if (present == width) {
      function(from, a.row_step, a.column_step, b, b_row_step, a.columns, some, to, c.outerStride());
      continue;
    }
    // The right edge: a whole tile aside, of which c takes what it has room for.
    if (some.data != nullptr)
      for (Index r = 0; r < rows; ++r) std::copy_n(some.data + r * some.row_step, present, edge + r * width);
    function(from, a.row_step, a.column_step, b, b_row_step, a.columns, {some.data == nullptr ? nullptr : edge, width},
             edge, width);
    for (Index r = 0; r < rows; ++r) std::copy_n(edge + r * width, present, to + r * c.outerStride());
  }
}

/// The entries of c in some rows (no more than most_task_rows) and some columns (whole tiles, but for c's edge).
template <class Real>
void multiply_block(const Operand<Real>& a, const Operand<Real>& b, Start<Real> start, MatrixRef<Real>& c,
                    IndexRange rows, IndexRange columns) {
  alignas(64) Real packed[depth_block * tile_columns<Real>];
  for (Index k = 0; k < a.columns; k += depth_block) {
    const Index depth = std::min(depth_block, a.columns - k);
    const Operand<Real> block{a.data + rows.begin * a.row_step + k * a.column_step, rows.size(), depth, a.row_step,
                              a.column_step};
    for (Index column = columns.begin; column < columns.end; column += tile_columns<Real>) {
      const Index width = c.cols() - column > Lane<Real>::count ? tile_columns<Real> : Lane<Real>::count;
      const bool near = b.column_step == 1 && b.row_step <= near_rows && column + width <= b.columns;
      if (!near) pack(b, k, depth, column, width, packed);
      multiply_panel(block, near ? b.data + k * b.row_step + column : packed, near ? b.row_step : width, width, start,
                     c, rows.begin, column);
    }
    start = {c.data(), c.outerStride()};  // the next terms of the chains
  }
}

template <class Real>
void check(const Operand<Real>& a, const Operand<Real>& b, const MatrixRef<Real>& c) {
  assert(a.columns == b.rows && a.rows == c.rows() && b.columns == c.cols());
  (void)a, (void)b, (void)c;
}

/// All of c, on all threads: as many tasks as threads, or twice, three times, ... as many, all of a size. A wide c is
/// cut into columns, for every cut into rows packs all of b once more.
template <class Real>
void multiply(const Operand<Real>& a, const Operand<Real>& b, Start<Real> start, MatrixRef<Real> c) {
  check(a, b, c);
  const Index panels = (c.cols() + tile_columns<Real> - 1) / tile_columns<Real>, threads = omp_get_max_threads();
  Index row_cuts = (c.rows() + most_task_rows - 1) / most_task_rows, column_cuts = 1;
  if (row_cuts >= threads || c.rows() > c.cols())
    row_cuts = (row_cuts + threads - 1) / threads * threads;
  else
    column_cuts = std::min(panels, (threads + row_cuts - 1) / row_cuts);
#pragma omp parallel for schedule(static)
  for (Index task = 0; task < row_cuts * column_cuts; ++task) {
    const IndexRange some = part_of(panels, task % column_cuts, column_cuts);
    multiply_block(a, b, start, c, part_of(c.rows(), task / column_cuts, row_cuts),
                   {some.begin * tile_columns<Real>, std::min(some.end * tile_columns<Real>, c.cols())});
  }
}

template <class Real>
void multiply_on_this_thread(const Operand<Real>& a, const Operand<Real>& b, Start<Real> start, MatrixRef<Real>& c) {
  check(a, b, c);
  for (Index row = 0; row < c.rows(); row += most_task_rows)
    multiply_block(a, b, start, c, {row, std::min(row + most_task_rows, c.rows())}, {0, c.cols()});
}

template <class Real>
Start<Real> start_of(const MatrixRef<Real>& c, Update update) {
  return {update == Update::add ? c.data() : nullptr, c.outerStride()};
}

}  // namespace

template <class Real>
void matmul(const Operand<Real>& a, const Operand<Real>& b, MatrixRef<Real> c, Update update) {
  multiply(a, b, start_of<Real>(c, update), c);
}

template <class Real>
void matmul(const Operand<Real>& a, const Operand<Real>& b, ConstRowRef<Real> start, MatrixRef<Real> c) {
  multiply(a, b, {start.data(), 0}, c);
}

template <class Real>
void matmul_on_this_thread(const Operand<Real>& a, const Operand<Real>& b, MatrixRef<Real> c, Update update) {
  multiply_on_this_thread(a, b, start_of<Real>(c, update), c);
}

template <class Real>
void matmul_on_this_thread(const Operand<Real>& a, const Operand<Real>& b, ConstRowRef<Real> start, MatrixRef<Real> c) {
  multiply_on_this_thread(a, b, {start.data(), 0}, c);
}

template <class Real>
Index whole_vectors(Index columns) {
  constexpr Index count = Lane<Real>::count;
  return (columns + count - 1) / count * count;
}

template Index whole_vectors<float>(Index);
template Index whole_vectors<double>(Index);
template void matmul(const Operand<float>&, const Operand<float>&, MatrixRef<float>, Update);
template void matmul(const Operand<double>&, const Operand<double>&, MatrixRef<double>, Update);
template void matmul(const Operand<float>&, const Operand<float>&, ConstRowRef<float>, MatrixRef<float>);
template void matmul(const Operand<double>&, const Operand<double>&, ConstRowRef<double>, MatrixRef<double>);
template void matmul_on_this_thread(const Operand<float>&, const Operand<float>&, MatrixRef<float>, Update);
template void matmul_on_this_thread(const Operand<double>&, const Operand<double>&, MatrixRef<double>, Update);
template void matmul_on_this_thread(const Operand<float>&, const Operand<float>&, ConstRowRef<float>, MatrixRef<float>);
template void matmul_on_this_thread(const Operand<double>&, const Operand<double>&, ConstRowRef<double>,
                                    MatrixRef<double>);

}  // namespace sgtm
