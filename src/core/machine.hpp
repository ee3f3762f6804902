#pragma once

#include <filesystem>
#include <string>

namespace sgtm {

/// What a result depends on besides its configuration: written into every result.json.
struct Machine {
  std::string processor, compiler, flags, system;
  int cores = 0;
};
Machine this_machine();

/// Raised whenever a change of the code may change the results of a run, if only in the last bit.
inline constexpr int numerics_version = 1;

/// The path of the running program; of the one that was built there since, if it was replaced.
std::filesystem::path this_program();

/// A path under which other processes can be started from this very program, even if it was replaced.
std::filesystem::path program_to_start();

/// The program's version, with the commit it was built from where that is known.
std::string version();

/// What a container, or another control group, leaves to its processes; infinite where it sets no limit.
struct Quota {
  double cores, bytes;
};

Quota quota_of_this_process();

/// The quota of a process whose /proc/self/cgroup says `groups`, where control groups (version 1 or 2) lie below
/// `root`, as /sys/fs/cgroup. The least of the group's own limits and those of the groups around it.
Quota quota_below(const std::filesystem::path& root, const std::string& groups);

/// The processors that this process may use: a container may allow fewer than there are.
int allowed_cores();

/// One thread per such processor, unless OMP_NUM_THREADS says otherwise.
void use_allowed_threads();

/// How many threads parallel loops use from here on. Throws Error below 1 or beyond 1024.
void use_threads(int threads);
int threads_in_use();

/// The memory that this process may use, in bytes.
double memory_of_this_machine();
/// The largest memory that this process has held, in bytes.
double peak_memory();

}  // namespace sgtm
