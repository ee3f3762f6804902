#pragma once

#include <string>
#include <vector>

#include "lab/experiments/experiment.hpp"
#include "lab/tables/run_table.hpp"

namespace sgtm {

/// What the runs in `folders` say: of the chosen experiments (all, where none is named) a CSV of every run, a summary
/// as JSON, the figures as SVG and a page as Markdown, and one page of all experiments that were asked for there, in
/// `out`. Prints the
/// chosen ones' tables and verdicts. Of one that was named but never asked for in `folders.runs`, its usual runs are
/// looked for among the kept results. Throws Error where a chosen one has no finished run or a damaged result; another
/// one with a damaged result is left off the page, which is told on stderr.
void report(const std::vector<std::string>& chosen, const Folders& folders, const Presets& preset, const fs::path& out);

}  // namespace sgtm
