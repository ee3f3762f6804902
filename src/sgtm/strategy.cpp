#include "sgtm/strategy.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"

namespace sgtm {

const char* name(Owner owner) {
  return std::array{"forget", "retain", "joint"}[static_cast<std::size_t>(owner)];
}

const Strategy& strategy_named(std::string_view name) {
  return named(strategies, name, "--strategy");
}

Label label_named(std::string_view name) {
  if (const auto label = label_of(name)) return *label;
  throw Error(fmt::format("label {} is unknown; there are forget, unlabeled, retain", name));
}

Index SplitConfig::first_masked_block() const {
  return masked_blocks.empty() ? 0 : masked_blocks.front();
}

bool SplitConfig::masks(Index block) const {
  return masked_blocks.empty() || std::find(masked_blocks.begin(), masked_blocks.end(), block) != masked_blocks.end();
}

void check(const SplitConfig& split, const ModelConfig& config) {
  if (split.forget_heads < 0 || split.forget_heads > config.heads)
    throw Error(fmt::format("--forget-heads {}: each block has {} heads; give a number from 0 to {}.",
                            split.forget_heads, config.heads, config.heads));
  if (split.forget_units < 0 || split.forget_units > config.mlp_width)
    throw Error(fmt::format("--forget-units {}: each block has {} MLP units; give a number from 0 to {}.",
                            split.forget_units, config.mlp_width, config.mlp_width));
  for (const Index block : split.masked_blocks)
    if (block < 0 || block >= config.blocks)
      throw Error(fmt::format("--masked-blocks {}: the model has blocks 0 to {}.", block, config.blocks - 1));
}

}  // namespace sgtm
