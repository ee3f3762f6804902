#pragma once

#include "sgtm/plan.hpp"

namespace sgtm {

/// The one optimization of the method: leaves out work whose result the masks would zero. The masked gradient has the
/// same bits with it and without it (`--no-skip`).
///
/// - A head or unit whose activation is zeroed is not computed; where its gradient is stopped, nor is that.
/// - The gradients of a head or unit of which the gradient mask zeroes every entry are not computed; nor are those of
///   embeddings, norms and biases that it zeroes whole.
template <class Real>
MaskPlan<Real> skip_masked_work(MaskPlan<Real> masks, const Layout& layout, const ModelConfig& config);

}  // namespace sgtm
