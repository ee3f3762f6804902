#pragma once

#include "lab/experiments/experiment.hpp"
#include "lab/tables/run_table.hpp"

namespace sgtm {

/// Writes down that an experiment has been asked for in this size, so that a report knows what there is to tell.
void remember(const std::string& experiment, const Sizing& sizing, const Folders& folders);

/// The command that asks for it: what differs from the experiment's own size and seeds is said.
std::string command_of(const Experiment& experiment, const Sizing& sizing);

/// What was asked of an experiment, in all sizes; quick runs only while no others have finished.
struct Asked {
  std::vector<PlacedRun> runs;  // each once
  std::vector<std::string> commands;
};
/// Where it never was: empty, or, with `or_usual`, its usual runs, which may have been made elsewhere.
Asked everything_asked_of(const Experiment& experiment, const Folders& folders, const Presets& preset, bool or_usual);

}  // namespace sgtm
