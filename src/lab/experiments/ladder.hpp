#pragma once

#include <string>
#include <vector>

namespace sgtm {

/// The sizes that experiments over several of them go through: the ladder up to the one asked for, or that one alone
/// where it stands on no ladder.
std::vector<std::string> sizes_up_to(const std::string& size);

}  // namespace sgtm
