#include "core/machine.hpp"

#include <fcntl.h>
#include <omp.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>
#ifdef __APPLE__
#include <mach-o/dyld.h>
#endif

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>
#include <string_view>
#include <utility>

#include "build_version.hpp"
#include "core/error.hpp"
#include "core/files.hpp"

namespace sgtm {
namespace {

/// With family and model where they are known: a virtual machine's name may be "AMD EPYC" whatever it is.
std::string processor_name(const utsname& system) {
  std::ifstream file("/proc/cpuinfo");
  std::map<std::string, std::string> facts;  // of the first processor
  for (std::string line; std::getline(file, line) && !line.empty();) {
    const std::size_t colon = line.find(':'), key_end = line.find_last_not_of("\t ", colon - 1) + 1;
    if (colon + 2 <= line.size()) facts[line.substr(0, key_end)] = line.substr(colon + 2);
  }
  if (facts.contains("model name"))
    return facts.contains("cpu family")
               ? fmt::format("{} (family {}, model {})", facts["model name"], facts["cpu family"], facts["model"])
               : facts["model name"];
  return system.machine;
}

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

Machine this_machine() {
  struct utsname system {};
  ::uname(&system);
#ifdef __clang__
  const std::string compiler = fmt::format("clang {}", __clang_version__);
#else
  const std::string compiler = fmt::format("g++ {}", __VERSION__);
#endif
  return {processor_name(system), compiler, SGTM_FLAGS, fmt::format("{} {}", system.sysname, system.release),
          allowed_cores()};
}

std::filesystem::path this_program() {
#ifdef __APPLE__
  char path[4096];
  std::uint32_t size = sizeof path;
  if (_NSGetExecutablePath(path, &size) == 0) return path;
  throw Error("the path of this program is too long. Move it nearer to the root of the disk.");
#else
  std::string path = std::filesystem::read_symlink("/proc/self/exe").string();
  constexpr std::string_view replaced = " (deleted)";  // by a build, since this process began
  if (path.ends_with(replaced)) path.resize(path.size() - replaced.size());
  return path;
#endif
}

std::filesystem::path program_to_start() {
#ifdef __linux__
  static const int descriptor = ::open("/proc/self/exe", O_RDONLY);  // inherited by those who are started
  if (descriptor >= 0) return fmt::format("/proc/self/fd/{}", descriptor);
#endif
  return this_program();
}

std::string version() {
  return SGTM_VERSION;
}

void use_allowed_threads() {
  if (std::getenv("OMP_NUM_THREADS") == nullptr) omp_set_num_threads(std::min(omp_get_max_threads(), allowed_cores()));
}

void use_threads(int threads) {
  if (threads < 1 || threads > 1024)
    throw Error(fmt::format("--threads {}: must lie between 1 and 1024. Leave it out for one per core.", threads));
  omp_set_num_threads(threads);
}

int threads_in_use() {
  return omp_get_max_threads();
}

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

int allowed_cores() {
  return std::max(1, static_cast<int>(std::min<double>(omp_get_num_procs(), std::ceil(quota_of_this_process().cores))));
}

double memory_of_this_machine() {
  const double present = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGE_SIZE));
  return std::min(present, quota_of_this_process().bytes);
}

double peak_memory() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
#ifdef __APPLE__
  return static_cast<double>(usage.ru_maxrss);
#else
  return static_cast<double>(usage.ru_maxrss) * 1024;
#endif
}

}  // namespace sgtm
