#include "core/data_folder.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <vector>

#include "core/error.hpp"

namespace sgtm {

fs::path data_folder() {
  std::vector<fs::path> candidates;
  if (const char* chosen = std::getenv("SGTM_DATA")) candidates.emplace_back(chosen);
  std::error_code none;
  const fs::path program = fs::read_symlink("/proc/self/exe", none);
  if (!none) candidates.push_back(program.parent_path().parent_path() / "share" / "sgtm");
  candidates.emplace_back(SGTM_INSTALLED_DATA);
  candidates.emplace_back(SGTM_SOURCE_DATA);
  for (const fs::path& candidate : candidates)
    if (fs::exists(candidate / "stories" / "lexicon.txt")) return candidate;
  throw Error(fmt::format(
      "the program's data folder is missing; it was last seen at {}. Set SGTM_DATA to the data folder of the sources.",
      candidates.back().string()));
}

}  // namespace sgtm
