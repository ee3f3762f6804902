#include "lab/report/recall_table.hpp"

#include <fmt/format.h>

#include <cmath>

#include "lab/report/table.hpp"

namespace sgtm {
namespace {

/// "93.1 (91.0 to 95.2)": a mean and its 95 % interval, where there is one.
std::string with_interval(const Estimated& e, double factor, int digits) {
  const auto number = [&](double value) { return fmt::format("{:.{}f}", factor * value, digits); };
  return std::isfinite(e.half) ? fmt::format("{} ({} to {})", number(e.mean), number(e.low()), number(e.high()))
                               : number(e.mean);
}

}  // namespace

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
