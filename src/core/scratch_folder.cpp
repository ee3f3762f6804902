#include "core/scratch_folder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <system_error>

#include "core/error.hpp"

namespace sgtm {

ScratchFolder::ScratchFolder() {
  std::error_code failure;
  std::string path = (fs::temp_directory_path(failure) / "sgtm-XXXXXX").string();
  if (failure || ::mkdtemp(path.data()) == nullptr)
    throw Error(
        fmt::format("the folder for temporary files can't be used ({}). Set TMPDIR to a folder that can be written.",
                    failure ? failure.message() : system_reason()));
  path_ = path;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace sgtm
