#include "train/parameter_groups.hpp"

namespace sgtm {

std::vector<EntryRanges> parameter_groups(const std::string& optimizer, Index size, const Partition& partition) {
  if (optimizer == "joint") return {{{0, size}}};
  std::vector<EntryRanges> groups(owners.size());
  for (std::size_t i = 0; i < owners.size(); ++i)
    for_each_range(partition.of(owners[i]), [&](Index offset, Index entries) {
      groups[i].push_back({offset, offset + entries});
    });
  return groups;
}

std::vector<std::size_t> groups_that_step(const std::string& optimizer, const std::vector<Owner>& trainable) {
  if (optimizer == "joint") return {0};
  std::vector<std::size_t> groups;
  for (const Owner owner : trainable) groups.push_back(static_cast<std::size_t>(owner));
  return groups;
}

}  // namespace sgtm
