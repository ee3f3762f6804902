#pragma once

#include <string>
#include <vector>

#include "model/parameters.hpp"
#include "sgtm/strategy.hpp"

namespace sgtm::specification {

/// The method once more, as its tables state it (Shilov et al. 2025, App. F): entry by entry, head by head, unit by
/// unit, without speed in mind. It shares nothing with src/sgtm but the names of things, so that the one can be held
/// against the other.

/// Who owns an entry of a tensor ("block 2 W_Q", as in Layout).
Owner owner_of(const std::string& tensor, Index row, Index column, const ModelConfig& config, const SplitConfig& split,
               const std::string& strategy);

/// What becomes of a head or a unit on a batch: a zeroed one is multiplied by 0; the loss sees a held one as the
/// number that it was, so that no gradient passes through it.
enum class Fate { free, zeroed, held };
struct BlockFates {
  std::vector<Fate> heads, units;
};
std::vector<BlockFates> fates(const std::string& strategy, Label label, const ModelConfig& config,
                              const SplitConfig& split);

/// What the gradient of an owner's entries is multiplied by before the optimizer sees it, on batches of a label: 0
/// masks.
double gradient_factor(Owner owner, const std::string& strategy, Label label, const SplitConfig& split);

}  // namespace sgtm::specification
