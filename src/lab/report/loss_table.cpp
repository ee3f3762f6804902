#include "lab/report/loss_table.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "lab/report/table.hpp"

namespace sgtm {

std::vector<std::vector<std::string>> loss_rows(
    const std::vector<std::pair<std::string, nlohmann::ordered_json>>& results) {
  std::vector<std::vector<std::string>> rows{{"model", "state"}};
  std::vector<std::string> known;
  for (const auto& [source, loss] : results.front().second["losses"]["trained"].items())
    if (!loss.is_null()) known.push_back(source);
  for (const std::string& source : known) {
    rows[0].push_back(source);
    rows[0].push_back("above floor");
  }
  for (const auto& [name, result] : results) {
    for (const char* state : {"trained", "ablated", "calibrated"}) {
      const auto& losses = result["losses"][state];
      if (losses[known[0]].is_null()) continue;
      rows.push_back({name, state});
      for (const std::string& source : known) {
        const auto& floor = result["floor"][source];
        const double loss = losses[source];
        rows.back().push_back(fmt::format("{:.3f}", loss));
        rows.back().push_back(floor.is_null() ? "" : fmt::format("{:.3f}", loss - floor.get<double>()));
      }
    }
  }
  return rows;
}

std::string loss_table(const std::vector<std::pair<std::string, nlohmann::ordered_json>>& results) {
  return text_table(loss_rows(results));
}

}  // namespace sgtm
