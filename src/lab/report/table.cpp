#include "lab/report/table.hpp"

#include <algorithm>

namespace sgtm {
namespace {

bool is_number(const std::string& cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789.+-,% ") == std::string::npos;
}

}  // namespace

std::size_t shown_width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c == widths.size()) widths.push_back(0);
      widths[c] = std::max(widths[c], shown_width(row[c]));
    }
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      const std::string space(widths[c] - shown_width(rows[r][c]), ' ');
      const bool right = c > 0 && (r == 0 ? rows.size() > 1 && is_number(rows[1][c]) : is_number(rows[r][c]));
      line += (c > 0 ? "  " : "") + (right ? space + rows[r][c] : rows[r][c] + space);
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    if (r == 0) {
      std::size_t width = 0;
      for (const std::size_t w : widths) width += w + 2;
      text += std::string(width - 2, '-') + "\n";
    }
  }
  return text;
}

}  // namespace sgtm
