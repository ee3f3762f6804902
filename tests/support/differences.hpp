#pragma once

#include <cmath>
#include <functional>

#include "core/matrix.hpp"

/// The derivative of f by x, entry by entry, by central differences with one Richardson extrapolation: the error falls
/// with the fourth power of the step.
inline sgtm::Matrix<double> central_differences(sgtm::Matrix<double>& x, const std::function<double()>& f) {
  constexpr double h = 1e-3;
  sgtm::Matrix<double> derivative(x.rows(), x.cols());
  for (sgtm::Index i = 0; i < x.rows(); ++i)
    for (sgtm::Index j = 0; j < x.cols(); ++j) {
      const double center = x(i, j);
      const auto difference = [&](double step) {
        x(i, j) = center + step;
        const double up = f();
        x(i, j) = center - step;
        const double down = f();
        x(i, j) = center;
        return (up - down) / (2 * step);
      };
      derivative(i, j) = (4 * difference(h / 2) - difference(h)) / 3;
    }
  return derivative;
}

/// ||a - b|| / ||b||.
inline double relative_error(const sgtm::Matrix<double>& a, const sgtm::Matrix<double>& b) {
  return (a - b).norm() / b.norm();
}

/// Numbers without a pattern, about as large as 1.
inline sgtm::Matrix<double> some_numbers(sgtm::Index rows, sgtm::Index columns, double phase) {
  sgtm::Matrix<double> m(rows, columns);
  for (sgtm::Index i = 0; i < m.size(); ++i)
    m.data()[i] = 1.3 * std::sin(phase + 2.7 * static_cast<double>(i * i % 97) + static_cast<double>(i));
  return m;
}
