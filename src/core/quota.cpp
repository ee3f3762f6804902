#include "core/quota.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>
#include <utility>

namespace sgtm {
namespace {

namespace fs = std::filesystem;
constexpr double unlimited = std::numeric_limits<double>::infinity();

/// The numbers in a file, until something else comes ("max" among them).
std::pair<double, double> numbers_in(const fs::path& file) {
  std::ifstream text(file);
  double first = unlimited, second = unlimited;
  if (!(text >> first)) return {unlimited, unlimited};
  text >> second;
  return {first, second};
}

/// Of one group, in the files of either version.
Quota limits_of(const fs::path& group) {
  const auto [quota, period] = numbers_in(group / "cpu.max");
  const double quota_1 = numbers_in(group / "cpu.cfs_quota_us").first,
               period_1 = numbers_in(group / "cpu.cfs_period_us").first;
  const auto cores = [](double of, double in) { return of > 0 && in > 0 && in < unlimited ? of / in : unlimited; };
  return {std::min(cores(quota, period), cores(quota_1, period_1)),
          std::min(numbers_in(group / "memory.max").first, numbers_in(group / "memory.limit_in_bytes").first)};
}

}  // namespace

Quota quota_below(const fs::path& root, const std::string& groups) {
  Quota least{unlimited, unlimited};
  std::istringstream lines(groups);
  for (std::string line; std::getline(lines, line);) {  // number:controllers:/path
    const std::size_t colon = line.find(':'), second = line.find(':', colon + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(colon + 1, second - colon - 1);
    fs::path group = line.substr(second + 1);
    while (true) {
      const Quota found = limits_of(root / controllers / group.relative_path());
      least = {std::min(least.cores, found.cores), std::min(least.bytes, found.bytes)};
      if (!group.has_relative_path()) break;
      group = group.parent_path();
    }
  }
  return least;
}

Quota quota_of_this_process() {
  std::ifstream file("/proc/self/cgroup");
  std::ostringstream groups;
  groups << file.rdbuf();
  return quota_below("/sys/fs/cgroup", groups.str());
}

}  // namespace sgtm
