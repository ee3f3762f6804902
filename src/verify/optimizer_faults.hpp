#pragma once

#include <vector>

#include "train/trainer.hpp"

namespace sgtm {

/// A mistake in an optimizer of three parameter groups, injected from outside: what it does after a step whose label
/// may not update `resting`.
struct OptimizerFault {
  const char* name;
  const char* what;
  void (*after_step)(Trainer& trainer, const Ranges& resting, double rate);
};

extern const std::vector<OptimizerFault> optimizer_faults;

}  // namespace sgtm
