#pragma once

#include "lab/tables/run_table.hpp"

namespace sgtm {

/// Runs what has not finished, `jobs` at a time, each a process of its own with its share of the cores; a run that was
/// cut goes on, one whose result is damaged is named and, where no copy is kept, begins anew; what another process is
/// at work on is waited for. What goes wrong with one run does not stop the others: it is returned, a sentence each.
/// Throws Interrupted after Ctrl-C, when the running ones have saved.
std::vector<std::string> execute(const std::vector<PlacedRun>& runs, int jobs);

}  // namespace sgtm
