#include "core/data_folder.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <vector>

#include "core/error.hpp"
#include "core/machine.hpp"

namespace sgtm {

fs::path data_folder() {
  const auto holds_data = [](const fs::path& folder) { return fs::exists(folder / "stories" / "lexicon.txt"); };
  if (const char* chosen = std::getenv("SGTM_DATA")) {
    if (holds_data(chosen)) return chosen;
    throw Error(
        fmt::format("SGTM_DATA={}: holds no stories/lexicon.txt. Name the data folder of the sources.", chosen));
  }
  const fs::path source = SGTM_SOURCE_DATA, program = this_program();
  std::vector<fs::path> candidates{program.parent_path().parent_path() / "share" / "sgtm", SGTM_INSTALLED_DATA, source};
  const std::string home = source.parent_path().string() + "/";
  if (program.string().starts_with(home)) candidates.insert(candidates.begin(), source);  // built there: its own data
  for (const fs::path& candidate : candidates)
    if (holds_data(candidate)) return candidate;
  throw Error(fmt::format(
      "the program's data folder is missing; it was last seen at {}. Set SGTM_DATA to the data folder of the sources.",
      candidates.back().string()));
}

}  // namespace sgtm
