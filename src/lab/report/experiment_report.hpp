#pragma once

#include "lab/experiments/experiment.hpp"
#include "lab/tables/run_table.hpp"

namespace sgtm {

/// What the runs in `folders` say: of the chosen experiments (all, where none is named) a CSV of every run, a summary
/// as JSON, the figures as SVG and a page as Markdown, and one page of all experiments that were asked for there, in
/// `out`. Prints the chosen ones' tables and verdicts. Of one that was named but never asked for in `folders.runs`, its
/// usual runs are looked for among the kept results. Throws Error where a chosen one has no finished run or a damaged
/// result; another one with a damaged result is left off the page, which is told on stderr.
void report(const std::vector<std::string>& chosen, const Folders& folders, const Presets& preset, const fs::path& out);

/// An experiment with what came out of it.
struct Told {
  const Experiment* experiment;
  std::vector<std::string> commands;  // that ask for these runs
  Analysis analysis;
  std::vector<Finished> runs;
  int done, planned;               // different runs; the table may give one several names
  std::vector<std::string> drawn;  // the figures, as SVG
};

/// How many of its claims have this answer; empty for none.
std::string count_text(const Told& told, Answer answer);

/// A line per run: what was planned, its losses and tokens.
std::string runs_csv(const std::vector<Finished>& runs);

/// One self-contained page: what there is and how it came out, and per experiment the question, the paper's finding,
/// figures, verdicts and a table.
std::string experiment_page(const std::vector<Told>& all);

// The pages of docs/results. They hold nothing that is not in the kept results or in an experiment's source, so that
// they can be written anew at any time (tests/lab/experiments/kept_pages_test.cpp).

/// NAME.md: the question, the paper's finding, what was run and where, figures, table, verdicts, and our reading.
std::string experiment_markdown(const Told& told);

/// A line for each experiment: the question, and how many of its claims are supported, not supported, inconclusive.
std::string overview_markdown(const std::vector<Told>& all);

/// verdicts.md: every claim of every experiment.
std::string verdicts_markdown(const std::vector<Told>& all);

}  // namespace sgtm
