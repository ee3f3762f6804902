#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/commands.hpp"
#include "core/error.hpp"
#include "lab/experiments/experiment.hpp"

/// The program's own presets, each read once.
inline sgtm::RunConfig preset(const std::string& name) {
  static std::map<std::string, sgtm::RunConfig> known;
  const auto at = known.find(name);
  return at != known.end() ? at->second : known[name] = sgtm::parse_settings({"--preset", name});
}

inline const sgtm::Experiment& experiment(const std::string& name) {
  return named(sgtm::experiments(), name, "experiment");
}

/// An experiment's table at its own size, or another.
inline std::vector<sgtm::PlannedRun> plans_of(const std::string& name, int seeds, const std::string& size = "",
                                              bool quick = false) {
  const sgtm::Experiment& e = experiment(name);
  return e.runs({size.empty() ? e.size : size, seeds, quick, preset});
}

/// The first planned run of a method at this rate, of any seed. Throws std::out_of_range where there is none.
inline sgtm::PlannedRun plan_of(const std::string& name, const std::string& method, double undiscovered = 0,
                                const std::string& size = "") {
  for (const sgtm::PlannedRun& run : plans_of(name, 1, size))
    if (run.method == method && run.undiscovered == undiscovered) return run;
  throw std::out_of_range(name + " plans no run of " + method);
}
