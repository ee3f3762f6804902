#include "core/machine.hpp"

#include <fcntl.h>
#include <fmt/format.h>
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
#include <map>
#include <string_view>

#include "build_version.hpp"
#include "core/error.hpp"
#include "core/quota.hpp"

namespace sgtm {
namespace {

/// With family and model where they are known: a virtual machine's name may be "AMD EPYC" whatever it is.
std::string processor_name() {
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
  struct utsname system {};
  ::uname(&system);
  return system.machine;
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
  return {processor_name(), compiler, SGTM_FLAGS, fmt::format("{} {}", system.sysname, system.release),
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
