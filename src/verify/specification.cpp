#include "verify/specification.hpp"

#include <algorithm>
#include <stdexcept>

namespace sgtm::specification {
namespace {

bool is_one_of(const std::string& name, std::initializer_list<const char*> names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool masked(Index block, const SplitConfig& split) {
  return split.masked_blocks.empty() || std::count(split.masked_blocks.begin(), split.masked_blocks.end(), block) > 0;
}

bool routes(const std::string& strategy) {
  return is_one_of(strategy, {"gradient_routing", "activation_masking"});
}
bool joint_w_o(const std::string& strategy) {
  return routes(strategy) ||
         is_one_of(strategy, {"sgtm_joint_projection", "sgtm_joint_attn_projection", "sgtm_joint_attention"});
}
bool joint_w_2(const std::string& strategy) {
  return routes(strategy) ||
         is_one_of(strategy, {"sgtm_joint_projection", "sgtm_joint_mlp_projection", "sgtm_joint_attention"});
}

Owner owner_in_masked_block(const std::string& part, Index row, Index column, const ModelConfig& config,
                            const SplitConfig& split, const std::string& strategy) {
  const bool joint_attention = strategy == "sgtm_joint_attention";
  const Index first_head_entry = (config.heads - split.forget_heads) * (config.width / config.heads);
  const Index first_unit = config.mlp_width - split.forget_units;
  const auto from = [](Index index, Index first) { return index >= first ? Owner::forget : Owner::retain; };
  if (is_one_of(part, {"W_Q", "W_K", "W_V"})) return joint_attention ? Owner::joint : from(column, first_head_entry);
  if (part == "W_O") return joint_w_o(strategy) ? Owner::joint : from(row, first_head_entry);
  if (part == "b_O") return joint_w_o(strategy) ? Owner::joint : Owner::retain;
  if (is_one_of(part, {"W_1", "b_1"})) return from(column, first_unit);
  if (part == "W_2") return joint_w_2(strategy) ? Owner::joint : from(row, first_unit);
  if (part == "b_2") return joint_w_2(strategy) ? Owner::joint : Owner::retain;
  if (part.starts_with("norm")) return split.mask_embeddings ? Owner::retain : Owner::joint;
  throw std::logic_error("the specification knows no tensor " + part);
}

}  // namespace

Owner owner_of(const std::string& tensor, Index row, Index column, const ModelConfig& config, const SplitConfig& split,
               const std::string& strategy) {
  if (strategy == "none") return Owner::joint;
  Owner owner = Owner::joint;
  if (is_one_of(tensor, {"embedding", "position"})) {
    owner = split.mask_embeddings ? Owner::retain : Owner::joint;
  } else if (tensor.starts_with("block ")) {
    const std::size_t space = tensor.find(' ', 6);
    if (masked(std::stol(tensor.substr(6, space - 6)), split))
      owner = owner_in_masked_block(tensor.substr(space + 1), row, column, config, split, strategy);
  }
  return split.mask_joint && owner == Owner::joint ? Owner::retain : owner;
}

std::vector<BlockFates> fates(const std::string& strategy, Label label, const ModelConfig& config,
                              const SplitConfig& split) {
  // What becomes of retain and of forget heads and units.
  Fate retain = Fate::free, forget = Fate::free;
  if (strategy != "none" && label == Label::retain) forget = Fate::zeroed;
  if (label == Label::forget && strategy == "gradient_routing") retain = Fate::held;
  if (label == Label::forget && strategy == "activation_masking") retain = Fate::zeroed;
  std::vector<BlockFates> all;
  for (Index block = 0; block < config.blocks; ++block) {
    BlockFates fates;
    for (Index h = 0; h < config.heads; ++h)
      fates.heads.push_back(!masked(block, split) || strategy == "sgtm_joint_attention" ? Fate::free
                            : h < config.heads - split.forget_heads                     ? retain
                                                                                        : forget);
    for (Index u = 0; u < config.mlp_width; ++u)
      fates.units.push_back(!masked(block, split)                       ? Fate::free
                            : u < config.mlp_width - split.forget_units ? retain
                                                                        : forget);
    all.push_back(std::move(fates));
  }
  return all;
}

double gradient_factor(Owner owner, const std::string& strategy, Label label, const SplitConfig& split) {
  if (strategy == "none" || label != Label::forget || owner == Owner::joint) return 1;
  if (owner == Owner::forget) return split.forget_gradient;
  return !routes(strategy) || split.mask_embeddings || split.mask_joint ? 0 : 1;
}

}  // namespace sgtm::specification
