#include "lab/runs/step_log.hpp"

#include <fmt/ranges.h>

#include <cstdlib>

#include "core/error.hpp"
#include "text/strings.hpp"

namespace sgtm {
namespace {

constexpr const char* advice = "Start the run anew with --overwrite.";

}  // namespace

double LogRow::number(std::size_t column) const {
  const std::string& cell = cells[column];
  char* end = nullptr;
  const double value = std::strtod(cell.c_str(), &end);
  if (cell.empty() || end != cell.c_str() + cell.size())
    throw Error(fmt::format("{}: \"{}\" is no number. {}", where, cell, advice));
  return value;
}

std::vector<LogRow> read_rows(const fs::path& path) {
  std::vector<LogRow> rows;
  const std::vector<std::string> lines = split(read_file(path), "\n");
  for (std::size_t i = 1; i + 1 < lines.size();
       ++i) {  // behind the last line end nothing stands, or a line that was cut
    rows.push_back({split(lines[i], ","), fmt::format("{}, line {}", path.string(), i + 1)});
    if (rows.back().cells.size() != split(lines[0], ",").size())
      throw Error(fmt::format("{}: has not as many cells as the header. {}", rows.back().where, advice));
  }
  return rows;
}

StepLog::StepLog(const fs::path& path, const std::string& header, Index next_step, Index rows) : path_(path) {
  std::string kept = header + "\n";
  if (next_step > 0 && fs::exists(path))
    for (const LogRow& row : read_rows(path))
      if (row.step() < next_step) kept += fmt::format("{}\n", fmt::join(row.cells, ",")), ++rows_;
  if (next_step > 0 && rows_ != rows)
    throw Error(fmt::format("{}: has {} lines of the {} that were written before step {}. {}", path.string(), rows_,
                            rows, next_step, advice));
  write_file(path, kept);
  file_.open(path, std::ios::app);
}

void StepLog::flush() {
  if (!file_.flush())
    throw Error(fmt::format(
        "{}: can't be written. Free some space and repeat the command: it goes on where it stopped.", path_.string()));
}

}  // namespace sgtm
