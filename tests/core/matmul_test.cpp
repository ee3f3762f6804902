#include "core/matmul.hpp"

#include <doctest/doctest.h>
#include <omp.h>

#include <cmath>
#include <limits>

#include "tests/support/differences.hpp"

using namespace sgtm;

namespace {

/// One chain of fused multiply-adds per entry: what matmul.hpp promises, to the bit.
template <class Real>
Matrix<Real> chain_product(const Matrix<Real>& a, const Matrix<Real>& b, const Matrix<Real>& start) {
  Matrix<Real> c = start;
  for (Index i = 0; i < a.rows(); ++i)
    for (Index j = 0; j < b.cols(); ++j)
      for (Index k = 0; k < a.cols(); ++k) c(i, j) = std::fma(a(i, k), b(k, j), c(i, j));
  return c;
}

template <class Real>
void check_shape(Index rows, Index depth, Index columns) {
  CAPTURE(rows);
  CAPTURE(depth);
  CAPTURE(columns);
  const Matrix<Real> a = some_numbers(rows, depth, 0.1).cast<Real>(),
                     b = some_numbers(depth, columns, 0.2).cast<Real>();
  const Matrix<Real> a_t = a.transpose(), b_t = b.transpose(), start = some_numbers(rows, columns, 0.3).cast<Real>();
  const Matrix<Real> zero = Matrix<Real>::Zero(rows, columns);
  const Matrix<Real> product = chain_product<Real>(a, b, zero), sum = chain_product<Real>(a, b, start);
  for (const int threads : {1, 2, 3, 8}) {
    CAPTURE(threads);
    omp_set_num_threads(threads);
    Matrix<Real> c = start;
    matmul<Real>(plain<Real>(a), plain<Real>(b), c, Update::set);
    CHECK(c == product);
    c = start;
    matmul<Real>(plain<Real>(a), plain<Real>(b), c, Update::add);
    CHECK(c == sum);
    matmul<Real>(transposed<Real>(a_t), plain<Real>(b), c, Update::set);
    CHECK(c == product);
    matmul<Real>(plain<Real>(a), transposed<Real>(b_t), c, Update::set);
    CHECK(c == product);
    matmul_on_this_thread<Real>(transposed<Real>(a_t), transposed<Real>(b_t), c, Update::set);
    CHECK(c == product);
    matmul<Real>(plain<Real>(a), plain<Real>(b), start.row(0), c);
    CHECK(c == chain_product<Real>(a, b, start.row(0).replicate(rows, 1)));
  }
}

}  // namespace

#ifdef __FMA__
TEST_CASE("matmul: every entry is one chain of fused multiply-adds, for any shape, layout and number of threads") {
  for (const Index rows : {1, 5, 12, 13, 31, 400})
    for (const Index depth : {1, 7, 256, 300})
      for (const Index columns : {1, 3, 16, 17, 32, 45, 70}) {
        if (rows == 400 && depth > 7) continue;
        check_shape<float>(rows, depth, columns);
        check_shape<double>(rows, depth, columns);
      }
}
#endif

TEST_CASE("matmul: agrees with Eigen") {
  const Matrix<double> a = some_numbers(37, 53, 1), b = some_numbers(53, 29, 2);
  Matrix<double> c(37, 29);
  matmul<double>(plain<double>(a), plain<double>(b), c, Update::set);
  CHECK(relative_error(c, a * b) < 1e-14);
}

TEST_CASE("matmul: float stays within the rounding error bound of a chain, at every entry") {
  // Higham, Accuracy and Stability of Numerical Algorithms, sec. 3.1: n operations, each of which rounds once.
  for (const Index depth : {16, 128, 4096, 50257}) {
    const Matrix<float> a = some_numbers(13, depth, 1).cast<float>(), b = some_numbers(depth, 33, 2).cast<float>();
    Matrix<float> c(13, 33);
    matmul<float>(plain<float>(a), plain<float>(b), c, Update::set);
    const Matrix<double> exact = a.cast<double>() * b.cast<double>();
    const double nu = static_cast<double>(depth) * std::numeric_limits<float>::epsilon() / 2, gamma = nu / (1 - nu);
    const Matrix<double> bound = gamma * (a.cast<double>().cwiseAbs() * b.cast<double>().cwiseAbs());
    CHECK(((c.cast<double>() - exact).cwiseAbs().array() <= bound.array()).all());
    CHECK(c.cast<double>() != exact);
  }
}

TEST_CASE("matmul: terms that are zero may be left out, and columns may be computed apart, without a trace") {
  Matrix<float> a = some_numbers(40, 90, 1).cast<float>();
  const Matrix<float> b = some_numbers(90, 50, 2).cast<float>();
  a.leftCols(33).setZero();
  Matrix<float> all(40, 50), part(40, 50);
  matmul<float>(plain<float>(a), plain<float>(b), all, Update::set);
  matmul<float>(plain<float>(a.rightCols(57)), plain<float>(b.bottomRows(57)), part, Update::set);
  CHECK(all == part);
  part.setZero();
  matmul<float>(plain<float>(a), plain<float>(b.middleCols(21, 9)), part.middleCols(21, 9), Update::set);
  CHECK(part.middleCols(21, 9) == all.middleCols(21, 9));
  CHECK(part.leftCols(21).isZero(0));
}
