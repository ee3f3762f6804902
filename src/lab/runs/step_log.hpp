#pragma once

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "core/matrix.hpp"

namespace sgtm {

/// One line of a StepLog below its header.
struct LogRow {
  std::vector<std::string> cells;
  std::string where;  // "evaluations.csv, line 3"

  const std::string& text(std::size_t column) const { return cells[column]; }
  /// Throws Error for what is no number.
  double number(std::size_t column) const;
  Index step() const { return static_cast<Index>(number(0)); }
};

/// The lines of such a file, as many cells in each as in the header. Throws Error for a damaged line, naming it.
std::vector<LogRow> read_rows(const fs::path& path);

/// A CSV file that grows by a line per step. After a resume, lines of steps that will be repeated are dropped, and a
/// last one that was cut.
class StepLog {
 public:
  /// `rows`: how many lines were written before `next_step`. Throws Error where fewer are there, or damaged ones.
  StepLog(const fs::path& path, const std::string& header, Index next_step, Index rows);
  template <class... Values>
  void write(fmt::format_string<Values...> format, Values&&... values) {
    line_.clear();
    fmt::format_to(std::back_inserter(line_), format, std::forward<Values>(values)...);
    line_.push_back('\n');
    file_.write(line_.data(), static_cast<std::streamsize>(line_.size()));
    ++rows_;
  }
  /// What was written is in the file from here on. Throws Error for a full disk.
  void flush();
  Index rows() const { return rows_; }

 private:
  fs::path path_;
  std::ofstream file_;
  fmt::memory_buffer line_;
  Index rows_ = 0;
};

}  // namespace sgtm
