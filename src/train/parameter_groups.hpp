#pragma once

#include "sgtm/partition.hpp"
#include "train/adamw.hpp"

namespace sgtm {

/// The optimizer's parameter groups. "joint": one group of all `size` parameters, as in the authors' code. "split":
/// three, one for each owner, in the order of `owners`.
std::vector<EntryRanges> parameter_groups(const std::string& optimizer, Index size, const Partition& partition);

/// Which of these groups step on a batch where these owners are trainable. One group of all always steps.
std::vector<std::size_t> groups_that_step(const std::string& optimizer, const std::vector<Owner>& trainable);

}  // namespace sgtm
