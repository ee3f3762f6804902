#include "train/masked_gradient.hpp"

namespace sgtm {

template <class Real>
double masked_gradient(Network<Real>& network, Flat<Real>& parameters, std::span<const Batch> batches,
                       const MaskPlan<Real>& masks, Flat<Real>& gradient,
                       std::vector<BlockMaskDerivative<Real>>* mask_derivatives) {
  Index predicted = 0;
  for (const Batch& batch : batches) predicted += predicted_tokens(batch);

  double loss = 0;
  gradient.setZero(parameters.size());
  for (const Batch& batch : batches) {
    network.forward(parameters, batch, masks.activation.forward);
    loss += network.backward(parameters, batch, masks.activation, masks.requires_grad, predicted, gradient,
                             mask_derivatives);
  }
  zero(gradient, masks.gradient_mask);  // the selective gradient mask
  scale(gradient, masks.scaled, masks.scale);
  return loss;
}

#define INSTANTIATE(Real)                                                                                     \
  template double masked_gradient(Network<Real>&, Flat<Real>&, std::span<const Batch>, const MaskPlan<Real>&, \
                                  Flat<Real>&, std::vector<BlockMaskDerivative<Real>>*);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace sgtm
