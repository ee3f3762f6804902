#pragma once

#include <string>
#include <vector>

#include "sgtm/plan.hpp"
#include "verify/differences.hpp"

namespace sgtm {

/// ||g - difference quotients|| / ||difference quotients|| above this, per tensor and owner, is a mistake.
inline constexpr double gradient_tolerance = 1e-8;

/// The same for the loss itself, against the reference model.
inline constexpr double loss_tolerance = 1e-12;

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

/// What to check: a strategy or, where empty, all; and so on.
struct GradientQuestion {
  std::string strategy;
  std::vector<Label> labels;
  std::vector<Index> blocks;             // of the specimen; empty: all, and what lies outside of blocks
  const GradientFault* fault = nullptr;  // a mistake to inject
  bool skip = true;                      // also leave out what the masks would zero, and compare the bits
};

/// The entries of one tensor that belong to one owner. The masks of a block's heads and units are checked like tensors.
struct RangeEvidence {
  std::string tensor;
  Owner owner;
  Index entries = 0;
  Index zeros = 0;     // entries whose gradient has to be 0: masked, or the loss does not depend on them
  Index not_zero = 0;  // of these, how many are not exactly 0
  double error = 0;    // ||g - differences|| / ||differences|| over the other entries
  bool right() const { return not_zero == 0 && error <= gradient_tolerance; }
};

/// One strategy and label.
struct GradientCase {
  std::string strategy;
  Label label;
  std::string masking;    // "", "mask_embeddings", "mask_joint", "forget_gradient", or "masks of any size"
  bool held = false;      // the reference holds stopped activations
  double loss_error = 0;  // relative, against the reference model
  bool same_bits = true;  // with and without leaving out what the masks would zero
  std::vector<RangeEvidence> ranges;
  Flat<double> gradient, differences;  // the latter with zeros where the mask demands them
  bool right() const;
};

struct GradientReport {
  Index parameters = 0, losses = 0, forward_passes = 0;
  double seconds = 0;
  std::vector<GradientCase> cases;
  bool right() const;
};

/// Checks the hand-written backward pass and every mask on the specimen, in double: every entry against differences of
/// the reference model's loss, masked as the specification says. Throws Error for an unknown strategy or block.
GradientReport verify_gradients(const GradientQuestion& question, Differences& differences);

}  // namespace sgtm
