#pragma once

#include <algorithm>

#include "core/matrix.hpp"

namespace sgtm {

/// Sixteen numbers at a time: whole vector registers on every machine.
template <class Real>
using Lanes = Eigen::Array<Real, 16, 1>;

/// z[i] = f(x[i], y[i]) for `size` numbers, f taking and giving Lanes. The last few go through a padded group, so that
/// an element's result never depends on where in an array it stands: Eigen computes exp of whole vectors and of the
/// leftovers by different formulas, and a mask that skips some columns would change the bits of the others.
template <class Real, class Function>
void by_lanes(const Real* x, const Real* y, Real* z, Index size, Function f) {
  constexpr Index lanes = Lanes<Real>::SizeAtCompileTime;
  Index i = 0;
  for (; i + lanes <= size; i += lanes) {
    const Lanes<Real> first = Eigen::Map<const Lanes<Real>>(x + i);
    const Lanes<Real> second = Eigen::Map<const Lanes<Real>>(y + i);
    Eigen::Map<Lanes<Real>>(z + i) = f(first, second);
  }
  if (i == size) return;
  Lanes<Real> first = Lanes<Real>::Zero(), second = Lanes<Real>::Zero();
  std::copy_n(x + i, size - i, first.data());
  std::copy_n(y + i, size - i, second.data());
  const Lanes<Real> result = f(first, second);
  std::copy_n(result.data(), size - i, z + i);
}

/// The same for a function of one array.
template <class Real, class Function>
void by_lanes(const Real* x, Real* y, Index size, Function f) {
  by_lanes(x, x, y, size, [&f](const Lanes<Real>& group, const Lanes<Real>&) { return f(group); });
}

/// The sum of f(x[i]): sixteen sums side by side, added up at the end, wherever in an array x stands.
template <class Real, class Function>
Real sum_by_lanes(const Real* x, Index size, Function f) {
  constexpr Index lanes = Lanes<Real>::SizeAtCompileTime;
  Lanes<Real> sums = Lanes<Real>::Zero();
  Index i = 0;
  for (; i + lanes <= size; i += lanes) {
    const Lanes<Real> group = Eigen::Map<const Lanes<Real>>(x + i);
    sums += f(group);
  }
  if (i < size) {
    Lanes<Real> group = Lanes<Real>::Zero();
    std::copy_n(x + i, size - i, group.data());
    const Lanes<Real> result = f(group);
    sums.head(size - i) += result.head(size - i);
  }
  return sums.sum();
}

}  // namespace sgtm
