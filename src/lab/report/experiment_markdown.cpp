#include "lab/report/experiment_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "text/strings.hpp"

namespace sgtm {
namespace {

using Rows = std::vector<std::vector<std::string>>;

/// A table's cell: a bar would end it, and two stars would be emphasis.
std::string cell_of(const std::string& text) {
  return replace_all(replace_all(text, "|", "\\|"), "*", "\\*");
}

std::string markdown_row(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const std::string& cell : cells) row += fmt::format(" {} |", cell);
  return row + "\n";
}

/// The first row is the head.
std::string markdown_table(const Rows& rows) {
  std::string table;
  for (const auto& row : rows) {
    table += markdown_row(row);
    if (&row == &rows.front()) table += markdown_row(std::vector<std::string>(row.size(), "---"));
  }
  return table;
}

Rows in_cells(Rows rows) {
  for (auto& row : rows)
    for (std::string& cell : row) cell = cell_of(cell);
  return rows;
}

/// Each run once.
std::vector<const Finished*> distinct_runs(const std::vector<Finished>& runs) {
  std::vector<const Finished*> different;
  std::set<std::string> seen;
  for (const Finished& run : runs)
    if (seen.insert(identity_of(run.plan)).second) different.push_back(&run);
  return different;
}

std::string seeds_text(const std::set<std::uint64_t>& seeds) {
  const auto all_between = *seeds.rbegin() - *seeds.begin() + 1;
  if (seeds.size() == 1) return fmt::format("{}", *seeds.begin());
  if (seeds.size() == all_between) return fmt::format("{} to {}", *seeds.begin(), *seeds.rbegin());
  return fmt::format("{}", fmt::join(seeds, ", "));
}

/// A row for each size: parameters, seeds, how many runs.
Rows size_rows(const std::vector<const Finished*>& runs) {
  struct Size {
    std::int64_t parameters;
    std::set<std::uint64_t> seeds;
    int runs = 0;
  };
  std::map<std::string, Size> sizes;
  for (const Finished* run : runs) {
    Size& size = sizes[run->plan.size];
    size.parameters = run->result.parameters;
    size.seeds.insert(run->plan.config.seed);
    ++size.runs;
  }
  Rows rows{{"size", "parameters", "seeds", "runs"}};
  for (const auto& [name, size] : sizes)
    rows.push_back({name, std::to_string(size.parameters), seeds_text(size.seeds), std::to_string(size.runs)});
  return rows;
}

/// A row for each machine that the results name: its cores, the threads of a run, and the versions of the program.
Rows machine_rows(const std::vector<const Finished*>& runs) {
  using Machine = std::tuple<std::string, int, int>;  // processor, cores, threads
  std::map<Machine, std::map<std::string, int>> machines;
  for (const Finished* run : runs) {
    const RunResult& r = run->result;
    ++machines[{r.machine.processor, r.machine.cores, r.threads}][r.version];
  }
  Rows rows{{"processor", "cores", "threads of a run", "runs", "by version of sgtm"}};
  for (const auto& [machine, versions] : machines) {
    const auto& [processor, cores, threads] = machine;
    int all = 0;
    std::vector<std::string> counted;
    for (const auto& [version, count] : versions)
      all += count, counted.push_back(fmt::format("{} of {}", count, version));
    rows.push_back({processor, std::to_string(cores), std::to_string(threads), std::to_string(all),
                    fmt::format("{}", fmt::join(counted, ", "))});
  }
  return rows;
}

std::string what_was_run(const Told& told) {
  const auto runs = distinct_runs(told.runs);
  std::string text = fmt::format("## What was run\n\n```sh\n{}\n```\n\n", fmt::join(told.commands, "\n"));
  if (told.done < told.planned) text += fmt::format("{} of its {} runs are kept.\n\n", told.done, told.planned);
  return text + markdown_table(size_rows(runs)) + "\n" + markdown_table(in_cells(machine_rows(runs))) + "\n";
}

/// Every figure as an image, told in words too.
std::string images(const Analysis& analysis) {
  std::string text;
  for (const auto& [name, figure] : analysis.figures) {
    const std::string axes = figure.x_label.empty() ? figure.y_label : figure.y_label + " against " + figure.x_label;
    text += fmt::format("![{}: {}]({}.svg)\n\n", figure.title, axes, name);
  }
  return text.empty() ? "" : "## Figures\n\n" + text;
}

bool has_intervals(const Rows& table) {
  return std::any_of(table.begin(), table.end(), [](const auto& row) {
    return std::any_of(row.begin(), row.end(), [](const auto& cell) { return cell.find("±") != std::string::npos; });
  });
}

std::string table_of(const Told& told) {
  const Analysis& analysis = told.analysis;
  const Rows& table = analysis.means.empty() ? analysis.table : analysis.means;
  return fmt::format(
      "## Table\n\n{2} The single runs: [{0}.csv]({0}.csv). All that was read off "
      "them: [{0}.json]({0}.json).\n\n{1}\n",
      told.experiment->name, markdown_table(in_cells(table)),
      has_intervals(table) ? "± is half of the 95 % interval over seeds." : "One seed, so there is no spread.");
}

std::vector<std::string> verdict_cells(const Verdict& v) {
  return {cell_of(v.claim), interval_text(v), threshold_text(v), name(answer_of(v))};
}

std::string verdicts_of(const Told& told) {
  if (told.analysis.verdicts.empty()) return "## Verdicts\n\nNone: this experiment judges nothing.\n\n";
  Rows rows{{"claim", "95 % interval", "threshold", "verdict"}};
  for (const Verdict& v : told.analysis.verdicts) rows.push_back(verdict_cells(v));
  return "## Verdicts\n\n" + markdown_table(rows) + "\n";
}

/// The reading's paragraphs, of which the source wraps the lines.
std::string joined(std::string text) {
  const std::string gap = "\n\n", mark = "\x01";
  text.erase(0, text.find_first_not_of('\n'));
  text.erase(text.find_last_not_of('\n') + 1);
  return replace_all(replace_all(replace_all(text, gap, mark), "\n", " "), mark, gap);
}

}  // namespace

std::string experiment_markdown(const Told& told) {
  const Experiment& experiment = *told.experiment;
  const std::string figure = *experiment.figure ? fmt::format(" (the paper's figure {})", experiment.figure) : "";
  std::string page = fmt::format(
      "# {}{}\n\n<!-- Written by sgtm experiment report. Edit src/lab/experiments instead. -->\n\n"
      "For readers of [the results](README.md) who want this experiment whole.\n\n"
      "**Question.** {}\n\n**The paper's finding.** {}\n\n",
      experiment.name, figure, experiment.question, experiment.finding);
  page += what_was_run(told) + images(told.analysis) + table_of(told) + verdicts_of(told);
  if (!experiment.reading.empty())
    page += fmt::format("## Our reading of the published results\n\n{}\n", joined(experiment.reading));
  page.erase(page.find_last_not_of('\n') + 1);
  return page + "\n";
}

std::string overview_markdown(const std::vector<Told>& all) {
  Rows rows{{"experiment", "figure", "question"}};
  for (const Answer answer : all_answers) rows[0].push_back(name(answer));
  for (const Told& told : all) {
    const Experiment& e = *told.experiment;
    rows.push_back({fmt::format("[{0}]({0}.md)", e.name), e.figure, cell_of(e.question)});
    for (const Answer answer : all_answers) rows.back().push_back(count_text(told, answer));
  }
  return markdown_table(rows);
}

std::string verdicts_markdown(const std::vector<Told>& all) {
  std::string page =
      "# Every verdict\n\nFor readers of [the results](README.md) who look for one claim. What a verdict means stands "
      "there.\n\n";
  Rows rows{{"experiment", "claim", "95 % interval", "threshold", "verdict"}};
  for (const Told& told : all)
    for (const Verdict& v : told.analysis.verdicts) {
      rows.push_back(verdict_cells(v));
      rows.back().insert(rows.back().begin(), fmt::format("[{0}]({0}.md)", told.experiment->name));
    }
  return page + markdown_table(rows);
}

}  // namespace sgtm
