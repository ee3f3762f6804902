#pragma once

#include <vector>

#include "sgtm/plan.hpp"

namespace sgtm {

/// Everything from which a masked gradient is made: what a mistake can spoil.
struct GradientSubject {
  const Strategy* strategy;
  Label label;
  ModelConfig config;
  SplitConfig split;
  Batch batch;
  MaskPlan<double> masks;
  const Layout* layout;
  double scale = 1;  // of the gradient
};

/// A mistake that people make who implement this, injected outside the layers: before the plan is made (`settings`) or
/// into it (`masks`). Either may be null.
struct GradientFault {
  const char* name;
  const char* what;
  void (*settings)(GradientSubject&);
  void (*masks)(GradientSubject&);
};

extern const std::vector<GradientFault> gradient_faults;

}  // namespace sgtm
