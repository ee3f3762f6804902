#include "lab/report/experiment_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "lab/report/html.hpp"

namespace sgtm {
namespace {

/// Text in an answer's colour.
std::string coloured(Answer answer, const std::string& text) {
  if (text.empty()) return "";
  constexpr const char* classes[] = {"supported", "against", "open"};
  return fmt::format("<span class=\"{}\">{}</span>", classes[static_cast<std::size_t>(answer)], text);
}

/// What there is on the page, and how many verdicts of each kind.
std::string contents(const std::vector<Told>& all) {
  std::vector<std::vector<std::string>> rows{{"experiment", "question"}};
  for (const Answer answer : all_answers) rows[0].push_back(name(answer));
  for (const Told& told : all) {
    const Experiment& e = *told.experiment;
    rows.push_back({fmt::format("<a href=\"#{0}\">{0}</a>", escaped(e.name)), escaped(e.question)});
    for (const Answer answer : all_answers) rows.back().push_back(coloured(answer, count_text(told, answer)));
  }
  return html_table_of_cells(rows);
}

std::string verdict_table(const std::vector<Verdict>& verdicts) {
  if (verdicts.empty()) return "";
  std::vector<std::vector<std::string>> rows{{"claim", "95 % interval", "claimed", "verdict"}};
  for (const Verdict& v : verdicts) {
    const Answer answer = answer_of(v);
    rows.push_back({escaped(v.claim), interval_text(v), threshold_text(v), coloured(answer, name(answer))});
  }
  return html_table_of_cells(rows);
}

}  // namespace

std::string count_text(const Told& told, Answer answer) {
  const auto& verdicts = told.analysis.verdicts;
  const auto n =
      std::count_if(verdicts.begin(), verdicts.end(), [answer](const Verdict& v) { return answer_of(v) == answer; });
  return n == 0 ? "" : std::to_string(n);
}

std::string experiment_page(const std::vector<Told>& all) {
  std::string body =
      "<p>A claim <b>is supported</b> where its whole 95 % interval (over seeds, n of them, if nothing else is said) "
      "lies beyond its threshold, which was written in the experiment's source, <b>is not supported</b> where all of "
      "it lies on the other side, and else the results are <b>inconclusive</b>.</p>\n";
  body += contents(all);
  for (const auto& [experiment, commands, analysis, runs, done, planned, drawn] : all) {
    const std::string figure = *experiment->figure ? fmt::format(" (figure {})", experiment->figure) : "";
    body += fmt::format(
        "<h2 id=\"{0}\">{0}</h2>\n<p><b>Question.</b> {1}</p>\n<p><b>The paper</b>{2}. {3}</p>\n"
        "<p><b>Here.</b> {4} of {5} runs have finished; <code>{6}</code>.</p>\n",
        escaped(experiment->name), escaped(experiment->question), escaped(figure), escaped(experiment->finding), done,
        planned, escaped(fmt::format("{}", fmt::join(commands, "; "))));
    for (const std::string& svg : drawn) body += "<figure>" + svg + "</figure>\n";
    body += verdict_table(analysis.verdicts) + html_table(analysis.table);
  }
  return html_page("SGTM: the experiments", body);
}

}  // namespace sgtm
