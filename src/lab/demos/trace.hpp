#pragma once

#include <memory>
#include <string>
#include <vector>

#include "model/network.hpp"
#include "sgtm/plan.hpp"
#include "text/source.hpp"
#include "train/run_config.hpp"

namespace sgtm {

/// What one owner's parameters went through in a step.
struct OwnerTrace {
  Index entries = 0;
  double gradient = 0, masked = 0;  // norms, before and after the mask
  double moved = 0, farthest = 0;   // norm and largest entry of what the optimizer changed
  Index changed = 0;                // entries that are not the same any more
};

/// What one block's heads and units did: tokens x width before W_O, tokens x units before W_2, masks applied.
struct BlockActivations {
  Matrix<float> heads, units;
};

/// One optimizer step on a batch of one label.
struct StepTrace {
  Label label;
  std::vector<std::string> documents;
  std::vector<std::string> tokens;  // of the whole batch, as text
  double loss;
  MaskPlan<float> masks;
  Per<Owner, OwnerTrace> owners;
  std::vector<BlockActivations> blocks;
  Flat<float> gradient, masked, moved;  // every parameter: its gradient, what is left of it, its change
};

/// The same model, a few steps into its training, taking one more step as each label would have it.
struct Trace {
  RunConfig config;
  std::unique_ptr<Layout> layout;  // partition and masks point into it
  Partition partition;
  Index steps_before;
  double rate;
  std::vector<StepTrace> steps;
};

/// Trains on a few generated stories and then takes one step on two of them, for each label: Spanish stories for forget
/// and for unlabeled (as if nobody had discovered them), English ones for retain. A function of the configuration; but
/// the labels of the few steps, and how many there are, are its own. `skip` changes no bit (sgtm/skip.hpp).
Trace trace(const RunConfig& config, const std::vector<Label>& chosen, bool skip = true);

}  // namespace sgtm
