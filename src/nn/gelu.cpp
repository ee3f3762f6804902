#include "nn/gelu.hpp"

namespace sgtm {
namespace {

constexpr double root_2_over_pi = 0.79788456080286535588;
constexpr double cubic = 0.044715;

template <class Real>
Lanes<Real> tanh_u(const Lanes<Real>& x) {
  return (static_cast<Real>(root_2_over_pi) * x * (1 + static_cast<Real>(cubic) * x.square())).tanh();
}

}  // namespace

template <class Real>
Lanes<Real> gelu(const Lanes<Real>& x) {
  return static_cast<Real>(0.5) * x * (1 + tanh_u(x));
}

template <class Real>
Lanes<Real> gelu_derivative(const Lanes<Real>& x) {
  const Lanes<Real> tanh = tanh_u(x);
  const Lanes<Real> derivative = static_cast<Real>(root_2_over_pi) * (1 + static_cast<Real>(3 * cubic) * x.square());
  return static_cast<Real>(0.5) * (1 + tanh + x * (1 - tanh.square()) * derivative);
}

template Lanes<float> gelu(const Lanes<float>&);
template Lanes<double> gelu(const Lanes<double>&);
template Lanes<float> gelu_derivative(const Lanes<float>&);
template Lanes<double> gelu_derivative(const Lanes<double>&);

}  // namespace sgtm
