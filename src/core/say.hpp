#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace sgtm {

/// A line for people on standard error. A closed terminal takes no more lines: that never ends the work.
template <class... Values>
void say(fmt::format_string<Values...> format, Values&&... values) {
  std::fputs(fmt::format("sgtm: {}\n", fmt::format(format, std::forward<Values>(values)...)).c_str(), stderr);
}

}  // namespace sgtm
