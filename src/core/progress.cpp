#include "core/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace sgtm {
namespace {

/// A closed terminal takes no more lines: that must not end the work.
void print(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

/// Of the terminal; 80 where it does not say.
std::size_t columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

Progress::Progress(std::string task, std::string unit, double total)
    : task_(std::move(task)), unit_(std::move(unit)), total_(total), terminal_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_ && terminal_) print("\r\033[K");
}

bool Progress::due() const {
  const auto seconds = [now = Clock::now()](Clock::time_point then) {
    return std::chrono::duration<double>(now - then).count();
  };
  return seconds(start_) >= 2 && seconds(last_) >= (terminal_ ? 0.2 : 10);
}

void Progress::show(double done, double total, std::string_view detail) {
  last_ = Clock::now();
  shown_ = true;
  const double rate = done / std::chrono::duration<double>(last_ - start_).count();
  std::string line = task_ + ": ";
  if (total > 0) line += fmt::format("{:3.0f} %  ", 100 * std::min(1.0, done / total));
  std::string end = fmt::format("{} {}/s", count_text(rate), unit_);
  if (total > 0 && rate > 0) end += fmt::format(", {} left", duration_text((total - done) / rate));
  if (!terminal_) return print(fmt::format("{}{}{}{}\n", line, detail, detail.empty() ? "" : "  ", end));
  // What has no room goes, so that the next line can overwrite this one: first the last parts of the detail.
  const std::size_t room = columns() - 1;
  while (!detail.empty() && line.size() + detail.size() + 2 + end.size() > room)
    detail = detail.substr(0, detail.find("  ") == std::string_view::npos ? 0 : detail.rfind("  "));
  if (!detail.empty()) line += fmt::format("{}  ", detail);
  print(fmt::format("\r{}\033[K", (line + end).substr(0, room)));
}

std::string duration_text(double seconds) {
  const long whole = std::lround(seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string count_text(double count) {
  if (count < 10) return fmt::format("{:.2g}", count);
  // Each unit ends where three digits would round to 1000 of it.
  if (count < 999.5) return fmt::format("{:.0f}", count);
  if (count < 999.5e3) return fmt::format("{:.3g}k", count / 1e3);
  if (count < 999.5e6) return fmt::format("{:.3g}M", count / 1e6);
  if (count < 999.5e9) return fmt::format("{:.3g}G", count / 1e9);
  return fmt::format("{:.3g}T", count / 1e12);
}

}  // namespace sgtm
