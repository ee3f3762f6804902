#include "report/experiment_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "report/html.hpp"
#include "sgtm/strategy.hpp"
#include "text/strings.hpp"

namespace sgtm {
namespace {

constexpr const char* states[] = {"trained", "ablated", "calibrated"};

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
  for (const char* state : states) {
    head += fmt::format(",{}_adjacent", state);
    for (const Source source : sources) head += fmt::format(",{}_{}_recall", state, name(source));
  }
  return head;
}

std::string recall_cells(const Finished& run) {
  std::string cells;
  for (const char* state : states) {
    cells += cell(run.result["losses"][state].value("adjacent", nlohmann::ordered_json()));
    const auto known = recalled_in(run, state);
    for (const Source source : sources)
      cells += known.contains(name(source)) ? cell(known[name(source)]["accuracy"]) : ",";
  }
  return cells;
}

}  // namespace

std::string experiment_page(const std::vector<Told>& all) {
  std::string body;
  for (const auto& [experiment, analysis, runs, planned, drawn] : all) {
    body += fmt::format("<h2>{}</h2>\n<p><b>Question.</b> {}</p>\n<p><b>The paper</b> (figure {}). {}</p>\n",
                        escaped(experiment->name), escaped(experiment->question), escaped(experiment->figure),
                        escaped(experiment->finding));
    body += fmt::format("<p><b>Here.</b> {} of {} runs have finished.</p>\n<ul>", runs.size(), planned);
    for (const Verdict& verdict : analysis.verdicts) body += "<li>" + escaped(verdict.text()) + "</li>\n";
    body += "</ul>\n";
    for (const std::string& svg : drawn) body += "<figure>" + svg + "</figure>\n";
    body += html_table(analysis.table) + fmt::format("<pre>sgtm experiment run {}</pre>\n", escaped(experiment->name));
  }
  return html_page("SGTM: the experiments", body);
}

std::string runs_csv(const std::vector<Finished>& runs) {
  const bool asked =
      std::any_of(runs.begin(), runs.end(), [](const Finished& run) { return !recalled_in(run, "trained").empty(); });
  std::string csv = "size,method,undiscovered,seed,parameters";
  for (const char* state : states)
    for (const char* source : {"retain", "forget"}) csv += fmt::format(",{}_{}", state, source);
  csv += ",unlabeled_forget_tokens,version";
  if (asked) csv += recall_head();
  csv += "\n";
  for (const Finished& run : runs) {
    csv += fmt::format("{},{},{},{},{}", csv_field(run.plan.size), csv_field(run.plan.method), run.plan.undiscovered,
                       run.plan.config.seed, run.result["parameters"].dump());
    for (const char* state : states)
      for (const char* source : {"retain", "forget"}) csv += cell(run.result["losses"][state][source]);
    csv += fmt::format(",{:.0f},{}", run.result["tokens"]["forget"]["unlabeled"].get<double>(),
                       run.result["version"].get<std::string>());
    if (asked) csv += recall_cells(run);
    csv += "\n";
  }
  return csv;
}

}  // namespace sgtm
