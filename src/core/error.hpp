#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace sgtm {

/// A mistake that the user can mend: bad input, an impossible setting, a full disk.
/// The text is one sentence: what was wrong, where, and what to do. `main` prints it and exits with 2.
struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Another process is at work on the same; later it would go. `main` exits with `busy_code`.
struct Busy : Error {
  using Error::Error;
};
inline constexpr int busy_code = 75;  // EX_TEMPFAIL of sysexits.h

/// The user pressed Ctrl-C and the work was saved; the text says how to go on. `main` exits with 130.
struct Interrupted : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The row of a table that has this name. Throws Error, with the option that gave the name and the known ones.
template <class Rows>
const auto& named(const Rows& rows, std::string_view name, const char* option) {
  for (const auto& row : rows)
    if (row.name == name) return row;
  std::string known;
  for (const auto& row : rows) known += fmt::format("{}{}", known.empty() ? "" : ", ", row.name);
  throw Error(fmt::format("{} {}: unknown; there are {}.", option, name, known));
}

}  // namespace sgtm
