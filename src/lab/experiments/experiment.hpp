#pragma once

#include "lab/analysis/analysis.hpp"

namespace sgtm {

/// A table of runs and what is read off their results: one file in this folder each. A new one is two new
/// lines of experiment.cpp.
struct Experiment {
  const char* name;
  const char* figure = "";  // of the paper; empty for none
  const char* question;     // what it asks
  const char* finding;      // what the paper found
  std::vector<PlannedRun> (*runs)(const Sizing&);
  /// Of the runs that have finished; at least one.
  Analysis (*analyse)(const std::vector<Finished>&);
  const char* size = "0.1M";  // and seeds, where nothing else is asked for
  int seeds = 3;
  std::string reading = "";  // what we read in the results of docs/results: its section of readings.md
};

const std::vector<Experiment>& experiments();

}  // namespace sgtm
