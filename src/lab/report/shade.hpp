#pragma once

#include <cmath>

#include "core/matrix.hpp"

namespace sgtm {

/// The root mean square of the entries of a tensor that are not 0; 1 where there are none.
template <class Values>
double typical_size(const Values& values) {
  const double norm = static_cast<double>(values.matrix().norm());
  return norm == 0 ? 1 : norm / std::sqrt(static_cast<double>((values != 0).count()));
}

/// How dark an entry is drawn, 1 to 4, by its size over the typical one.
inline char shade(double size) {
  return size < 0.2 ? '1' : size < 0.7 ? '2' : size < 1.5 ? '3' : '4';
}

}  // namespace sgtm
