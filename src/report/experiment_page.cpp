#include "report/experiment_page.hpp"

#include <fmt/format.h>

#include "report/html.hpp"

namespace sgtm {

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
  std::string csv = "size,method,undiscovered,seed,parameters";
  for (const char* state : {"trained", "ablated", "calibrated"})
    for (const char* source : {"retain", "forget"}) csv += fmt::format(",{}_{}", state, source);
  csv += ",unlabeled_forget_tokens,version\n";
  for (const Finished& run : runs) {
    csv += fmt::format("{},{},{},{},{}", run.plan.size, run.plan.method, run.plan.undiscovered, run.plan.config.seed,
                       run.result["parameters"].dump());
    for (const char* state : {"trained", "ablated", "calibrated"})
      for (const char* source : {"retain", "forget"}) {
        const auto& loss = run.result["losses"][state][source];
        csv += loss.is_null() ? "," : fmt::format(",{:.6f}", loss.get<double>());
      }
    csv += fmt::format(",{:.0f},{}\n", run.result["tokens"]["forget"]["unlabeled"].get<double>(),
                       run.result["version"].get<std::string>());
  }
  return csv;
}

}  // namespace sgtm
