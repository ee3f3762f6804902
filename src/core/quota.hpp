#pragma once

#include <filesystem>
#include <string>

namespace sgtm {

/// What a container, or another control group, leaves to its processes; infinite where it sets no limit.
struct Quota {
  double cores, bytes;
};

Quota quota_of_this_process();

/// The quota of a process whose /proc/self/cgroup says `groups`, where control groups (version 1 or 2) lie below
/// `root`, as /sys/fs/cgroup. The least of the group's own limits and those of the groups around it.
Quota quota_below(const std::filesystem::path& root, const std::string& groups);

}  // namespace sgtm
