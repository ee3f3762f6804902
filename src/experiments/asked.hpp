#pragma once

#include "experiments/experiment.hpp"
#include "tables/run_table.hpp"

namespace sgtm {

/// Writes down that an experiment has been asked for in this size, so that a report knows what there is to tell.
void remember(const std::string& experiment, const Sizing& sizing, const Folders& folders);

/// The runs of all sizes in which an experiment has been asked for, each once; quick ones only while no others have
/// finished. Empty where it never was.
std::vector<PlacedRun> everything_asked_of(const Experiment& experiment, const Folders& folders, const Presets& preset);

}  // namespace sgtm
