#pragma once

#include <deque>
#include <vector>

#include "model/network.hpp"
#include "verify/reference_model.hpp"
#include "verify/specimen.hpp"

namespace sgtm {

/// The specimen's loss with heads and units treated in some way, and its derivatives by differences.
struct DifferentiatedLoss {
  Treatment treatment;
  double loss;
  Flat<double> derivative;                                   // by every parameter
  std::vector<BlockMaskDerivative<double>> mask_derivative;  // by every mask
};

/// Differentiates the reference model's loss on the specimen by central differences, Richardson-extrapolated, at every
/// parameter and mask. What several strategies and labels share is computed once.
class Differences {
 public:
  const DifferentiatedLoss& of(const Treatment& treatment);

  const Specimen& specimen() const { return specimen_; }
  const Layout& layout() const { return layout_; }
  Flat<double>& parameters() { return parameters_; }
  Index losses() const { return static_cast<Index>(known_.size()); }
  Index forward_passes() const { return forward_passes_; }

 private:
  Flat<double> by_parameters(const ReferenceModel& model, const Treatment& treatment);
  std::vector<BlockMaskDerivative<double>> by_masks(ReferenceModel& model, Treatment treatment);

  Specimen specimen_ = sgtm::specimen();
  Layout layout_{specimen_.config};
  Flat<double> parameters_ = specimen_parameters(layout_, 1);
  std::deque<DifferentiatedLoss> known_;  // a deque, as its elements are referred to
  Index forward_passes_ = 0;
};

}  // namespace sgtm
