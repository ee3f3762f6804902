#pragma once

#include <string>

namespace sgtm {

/// Text as HTML and SVG show it, also in an attribute's quotes.
std::string escaped(const std::string& text);

}  // namespace sgtm
