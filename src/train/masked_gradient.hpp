#pragma once

#include <span>

#include "sgtm/plan.hpp"

namespace sgtm {

/// The gradient that the optimizer sees: of the mean loss over all predicted tokens of a step's batches, masked as the
/// plan says. Overwrites `gradient` and returns the loss in nats per token. Adds the
/// derivatives of the loss by the activation masks to `mask_derivatives`, where given.
///
/// The trainer, the checks and the benchmark all call this. Without the line that masks, plain `sgtm` would train its
/// retain parameters on batches labeled forget.
template <class Real>
double masked_gradient(Network<Real>& network, Flat<Real>& parameters, std::span<const Batch> batches,
                       const MaskPlan<Real>& masks, Flat<Real>& gradient,
                       std::vector<BlockMaskDerivative<Real>>* mask_derivatives = nullptr);

}  // namespace sgtm
