#include "lab/report/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sgtm {
namespace {

bool is_number(const std::string& cell) {
  return !cell.empty() && cell.find_first_not_of("0123456789.+-,% ") == std::string::npos;
}

/// "93.1 (91.0 to 95.2)": a mean and its 95 % interval, where there is one.
std::string with_interval(const Estimated& e, double factor, int digits) {
  const auto number = [&](double value) { return fmt::format("{:.{}f}", factor * value, digits); };
  return std::isfinite(e.half) ? fmt::format("{} ({} to {})", number(e.mean), number(e.low()), number(e.high()))
                               : number(e.mean);
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

std::vector<std::vector<std::string>> loss_rows(const NamedResults& results) {
  std::vector<std::vector<std::string>> rows{{"model", "state"}};
  std::vector<std::string> known;
  for (const Source source : sources)
    if (results.front().second.losses.at("trained").contains(name(source))) {
      known.push_back(name(source));
      rows[0].insert(rows[0].end(), {name(source), "above floor"});
    }
  for (const auto& [name, result] : results) {
    for (const char* state : model_states) {
      const BySource& losses = result.losses.at(state);
      if (losses.empty()) continue;
      rows.push_back({name, state});
      for (const std::string& source : known) {
        const double loss = losses.at(source);
        const auto floor = result.floor.find(source);
        rows.back().push_back(fmt::format("{:.3f}", loss));
        rows.back().push_back(floor == result.floor.end() ? "" : fmt::format("{:.3f}", loss - floor->second));
      }
    }
  }
  return rows;
}

std::string recall_table(const std::vector<Recall>& known) {
  std::vector<std::vector<std::string>> rows{{"recall", "facts", "questions",
                                              "answered right, % (95 % interval over facts)", "chance, %",
                                              "log p of the right answer, nats", "log p of guessing"}};
  for (const Recall& r : known)
    rows.push_back({r.group, fmt::format("{}", r.facts), fmt::format("{}", r.questions),
                    with_interval(r.accuracy, 100, 1), fmt::format("{:.1f}", 100 * r.chance),
                    with_interval(r.log_probability, 1, 2), fmt::format("{:.2f}", r.log_chance)});
  return text_table(rows);
}

}  // namespace sgtm
