#pragma once

#include <string>
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

const std::vector<OptimizerFault>& optimizer_faults();

/// Throws Error, listing the known names.
const OptimizerFault& optimizer_fault_named(const std::string& name);

}  // namespace sgtm
