#pragma once

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/matrix.hpp"

namespace sgtm {

/// A CSV file that grows by a line per step. After a resume, lines of steps that will be repeated are dropped,
/// and a last one that was cut.
class StepLog {
 public:
  StepLog(const fs::path& path, const std::string& header, Index next_step) : path_(path) {
    std::string kept = header + "\n";
    if (next_step > 0 && fs::exists(path)) {
      std::istringstream lines(read_file(path));
      std::string line;
      std::getline(lines, line);
      while (std::getline(lines, line) && !lines.eof() && std::atoll(line.c_str()) < next_step) kept += line + "\n";
    }
    write_file(path, kept);
    file_.open(path, std::ios::app);
  }
  template <class... Values>
  void write(fmt::format_string<Values...> format, Values&&... values) {
    line_.clear();
    fmt::format_to(std::back_inserter(line_), format, std::forward<Values>(values)...);
    line_.push_back('\n');
    file_.write(line_.data(), static_cast<std::streamsize>(line_.size()));
  }
  /// What was written is in the file from here on. Throws Error for a full disk.
  void flush() {
    if (!file_.flush())
      throw Error(
          fmt::format("{}: can't be written. Free some space and repeat the command: it goes on where it stopped.",
                      path_.string()));
  }

 private:
  fs::path path_;
  std::ofstream file_;
  fmt::memory_buffer line_;
};

/// The lines of such a file below its header, cut at the commas.
inline std::vector<std::vector<std::string>> read_rows(const fs::path& path) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(read_file(path));
  std::string line;
  for (std::getline(lines, line); std::getline(lines, line);) {
    std::istringstream cells(line);
    for (rows.emplace_back(); std::getline(cells, line, ',');) rows.back().push_back(line);
  }
  return rows;
}

}  // namespace sgtm
