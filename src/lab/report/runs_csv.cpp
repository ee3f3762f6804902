#include "lab/report/experiment_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "lab/report/table.hpp"
#include "text/strings.hpp"

namespace sgtm {
namespace {

std::string cell(const nlohmann::ordered_json& value) {
  return value.is_null() ? "," : fmt::format(",{:.6f}", value.get<double>());
}

/// What a run recalled in a state, by group; nothing where it was not asked.
nlohmann::ordered_json recalled_in(const Finished& run, const char* state) {
  const auto nothing = nlohmann::ordered_json::object();
  return run.result.value("recall", nothing).value(state, nothing);
}

/// Of data with facts: the neighbours' loss, and the share of questions answered right.
std::string recall_head() {
  std::string head;
  for (const char* state : model_states) {
    head += fmt::format(",{}_adjacent", state);
    for (const Source source : sources) head += fmt::format(",{}_{}_recall", state, name(source));
  }
  return head;
}

std::string recall_cells(const Finished& run) {
  std::string cells;
  for (const char* state : model_states) {
    cells += cell(run.result.at("losses").at(state).value("adjacent", nlohmann::ordered_json()));
    const auto known = recalled_in(run, state);
    for (const Source source : sources)
      cells += known.contains(name(source)) ? cell(known.at(name(source)).at("accuracy")) : ",";
  }
  return cells;
}

}  // namespace

std::string runs_csv(const std::vector<Finished>& runs) {
  const bool asked =
      std::any_of(runs.begin(), runs.end(), [](const Finished& run) { return !recalled_in(run, "trained").empty(); });
  std::string csv = "size,method,undiscovered,seed,parameters";
  for (const char* state : model_states)
    for (const char* source : {"retain", "forget"}) csv += fmt::format(",{}_{}", state, source);
  csv += ",unlabeled_forget_tokens,version";
  if (asked) csv += recall_head();
  csv += "\n";
  for (const Finished& run : runs) {
    csv += fmt::format("{},{},{},{},{}", csv_field(run.plan.size), csv_field(run.plan.method), run.plan.undiscovered,
                       run.plan.config.seed, run.result.at("parameters").dump());
    for (const char* state : model_states)
      for (const char* source : {"retain", "forget"}) csv += cell(run.result.at("losses").at(state).at(source));
    csv += fmt::format(",{:.0f},{}", run.result.at("tokens").at("forget").at("unlabeled").get<double>(),
                       run.result.at("version").get<std::string>());
    if (asked) csv += recall_cells(run);
    csv += "\n";
  }
  return csv;
}

}  // namespace sgtm
