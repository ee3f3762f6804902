#pragma once

#include "core/files.hpp"

namespace sgtm {

/// Where the program's data lies (stories, presets): the environment's SGTM_DATA, what is installed beside the program,
/// or the source tree it was built from. Throws Error where there is none.
fs::path data_folder();

}  // namespace sgtm
