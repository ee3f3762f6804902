#pragma once

#include "eval/losses.hpp"
#include "train/trainer.hpp"
#include "verify/invariant.hpp"
#include "verify/laboratory.hpp"
#include "verify/optimizer_faults.hpp"

namespace sgtm {

/// The runs that the invariants are tried on.
struct InvariantSize {
  Index stories = 300;      // per language
  Index steps = 400;        // of the runs whose losses are measured
  std::uint64_t seeds = 3;  // of the same
  bool skip = true;         // as training does (sgtm/skip.hpp)
};

/// What holds of training runs; each is tried on runs of its own.
class TrainingInvariants {
 public:
  TrainingInvariants(const InvariantSize& size, const OptimizerFault* fault);

  Invariant resting_parameters() const;
  Invariant non_interference() const;
  /// The other half of the theorem: a perfect filter, but out of the ablated network.
  Invariant perfect_filter() const;
  Invariant threads() const;
  Invariant resumption() const;
  Invariant absorbed_shares() const;

 private:
  StepReport step(Trainer& trainer, const RunConfig& config) const;
  void run(Trainer& trainer, const RunConfig& config) const;
  RunConfig perfect_labels() const;
  Losses losses_after(const RunConfig& config, bool ablated) const;
  Flat<float> trained(const RunConfig& config) const;

  InvariantSize size_;
  const OptimizerFault* fault_;
  Laboratory lab_;
};

}  // namespace sgtm
