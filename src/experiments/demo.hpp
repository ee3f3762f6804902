#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "train/run_config.hpp"

namespace sgtm {

struct DemoConfig {
  fs::path out;
  std::string preset;         // its name, for the commands that the page shows
  RunConfig preset_settings;  // what the name stands for
  RunConfig settings;         // the same with the user's steps and seed: what all three models share
  Index stories;              // per language
};

/// One model of the demo and what its run left behind.
struct DemoModel {
  std::string name, title;
  RunConfig config;
  nlohmann::ordered_json result;  // result.json
  std::string metrics;            // metrics.csv
};

/// A prompt and how a model in some state goes on.
struct DemoSample {
  std::string model, prompt, continuation;
};

struct Demo {
  std::vector<DemoModel> models;
  std::vector<DemoSample> samples;    // by prompt, then by model
  std::vector<std::string> commands;  // what one would type to get the same
};

/// Trains on generated stories without a filter, with one that missed a fifth of the Spanish, and with SGTM that did
/// not know of the same fifth; then lets each go on with the same prompts, before and after ablation. What is finished
/// in `out` is not run again.
Demo run_demo(const DemoConfig& config);

/// What `sgtm demo` writes as summary.json.
nlohmann::ordered_json summary(const Demo& demo);

}  // namespace sgtm
