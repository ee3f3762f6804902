#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.hpp"
#include "text/source.hpp"

namespace sgtm {

enum class Owner { forget, retain, joint };

inline constexpr std::array owners{Owner::forget, Owner::retain, Owner::joint};

const char* name(Owner owner);

/// Which part of the hidden units and heads something happens to.
enum class Part { nothing, retain, forget };

/// One way to train (Shilov et al. 2025, App. F): what is joint, and what a batch labeled forget does.
/// A batch labeled retain zeroes the forget part's activations, and an unlabeled one does nothing special, under every
/// strategy that splits.
struct Strategy {
  const char* name;
  bool splits = true;                  // false: no parameter is forget, and there is nothing to ablate
  bool joint_attention = false;        // W_Q, W_K and W_V are joint, and batches labeled retain keep all heads
  bool joint_w_o = false;              // W_O and b_O are joint
  bool joint_w_2 = false;              // W_2 and b_2 are joint
  Part zeroed = Part::nothing;         // labeled forget: whose activations are zeroed
  Part stop_gradient = Part::nothing;  // labeled forget: through whom no gradient flows back
  bool masks_gradient = false;         // labeled forget: the gradients of all retain parameters are zeroed
};

// clang-format off
inline constexpr Strategy strategies[] = {
    {.name = "none", .splits = false},
    {.name = "sgtm", .masks_gradient = true},
    {.name = "sgtm_joint_projection", .joint_w_o = true, .joint_w_2 = true, .masks_gradient = true},
    {.name = "sgtm_joint_mlp_projection", .joint_w_2 = true, .masks_gradient = true},
    {.name = "sgtm_joint_attn_projection", .joint_w_o = true, .masks_gradient = true},
    {.name = "sgtm_joint_attention", .joint_attention = true, .joint_w_o = true, .joint_w_2 = true, .masks_gradient = true},
    {.name = "gradient_routing", .joint_w_o = true, .joint_w_2 = true, .stop_gradient = Part::retain},
    {.name = "activation_masking", .joint_w_o = true, .joint_w_2 = true, .zeroed = Part::retain, .stop_gradient = Part::retain},
};
// clang-format on

/// Throws Error, listing the known names.
const Strategy& strategy_named(std::string_view name);
Label label_named(std::string_view name);

/// How much of a model is forget, and where.
struct SplitConfig {
  Index forget_heads = 1;
  Index forget_units = 32;
  /// Blocks whose parameters are split; empty for all. All others are joint, and nothing is masked in them.
  std::vector<Index> masked_blocks = {};
  /// Token embeddings (and so the output layer, which is tied to them), position embeddings and the masked blocks'
  /// layer norms are retain too. The final norm and the output bias stay joint.
  bool mask_embeddings = false;
  /// Retain is everything that is not forget. With perfect labels and three parameter groups, forget documents then
  /// leave no trace outside the forget part.
  bool mask_joint = false;
  /// Factor of the forget part's gradients on batches labeled forget. AdamW divides an entry's step by the size that
  /// its gradients had lately; so the smaller this is, the more an unlabeled batch moves the forget part.
  double forget_gradient = 1;

  bool operator==(const SplitConfig&) const = default;
  bool masks(Index block) const;
  Index first_masked_block() const;
};

/// Throws Error for more forget heads, units or blocks than the model has.
void check(const SplitConfig& split, const ModelConfig& config);

}  // namespace sgtm
