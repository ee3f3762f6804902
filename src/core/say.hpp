#pragma once

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <utility>

namespace sgtm {

/// A line for people on standard error. A closed terminal takes no more lines: that never ends the work.
template <class... Values>
void say(fmt::format_string<Values...> format, Values&&... values) {
  std::fputs(fmt::format("sgtm: {}\n", fmt::format(format, std::forward<Values>(values)...)).c_str(), stderr);
}

/// Why standard output could not be written, as errno; 0: it could.
inline int& output_fault() {
  static int fault = 0;
  return fault;
}

inline void flush_output() {
  if (std::fflush(stdout) != 0 && output_fault() == 0) output_fault() = errno;
}

/// What a command prints. That it could not be written is told when the command ends (finish_output): a reader that
/// went away never ends work.
template <class... Values>
void print_out(fmt::format_string<Values...> format, Values&&... values) {
  const std::string text = fmt::format(format, std::forward<Values>(values)...);
  if (std::fwrite(text.data(), 1, text.size(), stdout) < text.size() && output_fault() == 0) output_fault() = errno;
}

/// Call first in main. Standard streams that are closed are opened on /dev/null, so that no file gets their numbers. A
/// reader that went away, and the limit of a file's size, become errors of a write instead of ending the program.
void prepare_streams();

/// Call last: forces out what was printed. Throws Error where something of it could not be written; a reader that went
/// away wanted no more.
void finish_output();

}  // namespace sgtm
