#include "report/recall_table.hpp"

#include <fmt/format.h>

#include "report/table.hpp"

namespace sgtm {

std::string recall_table(const std::vector<Recall>& known) {
  std::vector<std::vector<std::string>> rows{{"recall", "facts", "questions", "answered right, %", "chance, %",
                                              "log p of the right answer, nats", "log p of guessing"}};
  for (const Recall& r : known)
    rows.push_back({r.group, fmt::format("{}", r.facts), fmt::format("{}", r.questions),
                    fmt::format("{:.1f} ± {:.1f}", 100 * r.accuracy.mean, 100 * r.accuracy.half),
                    fmt::format("{:.1f}", 100 * r.chance),
                    fmt::format("{:.2f} ± {:.2f}", r.log_probability.mean, r.log_probability.half),
                    fmt::format("{:.2f}", r.log_chance)});
  return text_table(rows);
}

}  // namespace sgtm
