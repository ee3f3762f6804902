#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lab/runs/run_data.hpp"
#include "lab/runs/run_result.hpp"

namespace sgtm {

/// The settings of a preset, by its name.
using Presets = std::function<RunConfig(const std::string&)>;

/// How large an experiment is made.
struct Sizing {
  std::string size;  // a preset; of the experiments that have several, the largest
  int seeds = 3;
  bool quick = false;  // so short that it only shows that everything works
  Presets preset;
};

/// One run of an experiment's table, and what the tables call it.
struct PlannedRun {
  std::string size, method;
  double undiscovered;
  RunConfig config;
  RunData data;
  std::shared_ptr<const PlannedRun> from = {};  // whose model it goes on from; none: a new model
  Index add_forget_units = 0;                   // that this model gets; `config` has the shape with them
};

struct Finished {
  PlannedRun plan;
  RunResult result;
};

}  // namespace sgtm
