#pragma once

#include <string>
#include <vector>

namespace sgtm {

/// A table for a terminal: columns as wide as their widest cell, the first aligned left, numbers right, a line under
/// the head.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

/// The number of characters (not bytes) that a terminal shows.
std::size_t shown_width(const std::string& text);

}  // namespace sgtm
