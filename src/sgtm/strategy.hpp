#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "model/config.hpp"

namespace sgtm {

enum class Owner { forget, retain, joint };
/// Where a document comes from: the truth.
enum class Source { retain, adjacent, forget };
/// What training is told about a document: the labels of a batch.
enum class Label { forget, unlabeled, retain };

inline constexpr std::array owners{Owner::forget, Owner::retain, Owner::joint};
inline constexpr std::array sources{Source::retain, Source::adjacent, Source::forget};
inline constexpr std::array labels{Label::forget, Label::unlabeled, Label::retain};

const char* name(Owner owner);
const char* name(Source source);
const char* name(Label label);

/// Which part of the hidden units and heads something happens to.
enum class Part { nothing, retain, forget };

/// One way to train (Shilov et al. 2025, App. F). On a forget batch a strategy silences a part in the forward pass,
/// stops the gradient on its way back through a part, or freezes: zeroes the gradient of all retain parameters before
/// the optimizer sees it. What it declares joint is neither frozen nor ablated. On retain batches all strategies but
/// `none` silence forget; on unlabeled batches no strategy does anything.
struct StrategyRow {
  const char* name;
  bool splits;           // false: nothing is forget, there is nothing to ablate
  bool joint_attention;  // W_Q, W_K, W_V, W_O, b_O are joint, and retain batches keep all heads
  bool joint_w_o;        // W_O, b_O are joint
  bool joint_w_2;        // W_2, b_2 are joint
  Part silenced, stopped;
  bool freezes;
};

// clang-format off
inline constexpr StrategyRow strategy_rows[] = {
    // name                        splits  joint: attention  W_O    W_2    silenced       stopped        freezes
    {"none",                       false,         false,     false, false, Part::nothing, Part::nothing, false},
    {"sgtm",                       true,          false,     false, false, Part::nothing, Part::nothing, true},
    {"sgtm_joint_projection",      true,          false,     true,  true,  Part::nothing, Part::nothing, true},
    {"sgtm_joint_mlp_projection",  true,          false,     false, true,  Part::nothing, Part::nothing, true},
    {"sgtm_joint_attn_projection", true,          false,     true,  false, Part::nothing, Part::nothing, true},
    {"sgtm_joint_attention",       true,          true,      true,  true,  Part::nothing, Part::nothing, true},
    {"gradient_routing",           true,          false,     true,  true,  Part::nothing, Part::retain,  false},
    {"activation_masking",         true,          false,     true,  true,  Part::retain,  Part::retain,  false},
};
// clang-format on

/// A row of the table.
using Strategy = const StrategyRow&;

/// Throws Error, listing the known names.
Strategy strategy_named(std::string_view name);
Label label_named(std::string_view name);

/// How much of a model is forget, and where.
struct SplitConfig {
  Index forget_heads = 1;
  Index forget_units = 32;
  /// Blocks whose parameters are split; empty for all. Blocks outside keep and pass everything, and are joint.
  std::vector<Index> masked_blocks;
  /// Also keep forget batches from token and position embeddings and from the masked blocks' layer norms.
  bool mask_embeddings = false;
  /// Keep forget batches from everything that is not forget: what is joint otherwise belongs to retain. With perfect
  /// labels and a split optimizer, forget documents then leave no trace outside the forget part.
  bool mask_joint = false;

  bool operator==(const SplitConfig&) const = default;
  bool masks(Index block) const;
  Index first_masked_block() const;
};

/// Throws Error for more forget heads, units or blocks than the model has.
void check(const SplitConfig& split, const ModelConfig& config);

}  // namespace sgtm
