#include "core/scratch_folder.hpp"

#include <unistd.h>

namespace sgtm {

ScratchFolder::ScratchFolder() {
  static int number = 0;
  path_ = fs::temp_directory_path() / ("sgtm-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
  fs::remove_all(path_);
  make_folder(path_);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace sgtm
