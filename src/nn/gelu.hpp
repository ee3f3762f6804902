#pragma once

#include "core/elementwise.hpp"

namespace sgtm {

/// The tanh form of GELU (Hendrycks and Gimpel 2016), as GPT-Neo uses it:
///
///     gelu(x) = x/2 (1 + tanh(u)),   u = sqrt(2/pi) (x + 0.044715 x^3)
template <class Real>
Lanes<Real> gelu(const Lanes<Real>& x);

/// gelu'(x) = (1 + tanh(u))/2 + x/2 (1 - tanh(u)^2) u',   u' = sqrt(2/pi) (1 + 3 * 0.044715 x^2)
template <class Real>
Lanes<Real> gelu_derivative(const Lanes<Real>& x);

}  // namespace sgtm
