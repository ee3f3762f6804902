#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/figure.hpp"
#include "experiments/verdict.hpp"
#include "runs/run_data.hpp"
#include "train/run_config.hpp"

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
};

struct Finished {
  PlannedRun plan;
  nlohmann::ordered_json result;  // its result.json
};

struct Analysis {
  std::vector<std::vector<std::string>> table;  // the first row its head
  nlohmann::ordered_json summary;
  std::vector<std::pair<std::string, Figure>> figures;  // by file name
  std::vector<Verdict> verdicts;
};

/// A table of runs and what is read off their results: one file in this folder each. A new one is a new line of
/// all_experiments.hpp and a row of `experiments`.
struct Experiment {
  const char* name;
  const char* figure;    // of the paper; empty for none
  const char* question;  // what it asks
  const char* finding;   // what the paper found
  std::vector<PlannedRun> (*runs)(const Sizing&);
  /// Of the runs that have finished; at least one.
  Analysis (*analyse)(const std::vector<Finished>&);
  const char* size = "0.1M";  // and seeds, where nothing else is asked for
  int seeds = 3;
};

const std::vector<Experiment>& experiments();

}  // namespace sgtm
