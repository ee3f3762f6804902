#pragma once

#include "nn/mask.hpp"

/// A matrix as a layer takes its parameters.
inline sgtm::MatrixMap<double> map(sgtm::Matrix<double>& m) {
  return {m.data(), m.rows(), m.cols()};
}
inline sgtm::RowMap<double> row_map(sgtm::Matrix<double>& m) {
  return {m.data(), m.size()};
}

/// The factors of the first row as a mask; with `skip`, units whose factor is 0 are not computed.
inline sgtm::UnitMask<double> mask_of(const sgtm::Matrix<double>& factors, bool skip) {
  sgtm::UnitMask<double> mask = sgtm::unit_mask<double>(factors.row(0));
  if (skip) skip_zeros(mask);
  return mask;
}
