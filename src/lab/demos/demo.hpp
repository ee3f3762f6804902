#pragma once

#include <string>
#include <vector>

#include "lab/demos/demo_model.hpp"

namespace sgtm {

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
/// `stories`: of each language.
Demo run_demo(const DemoConfig& config, Index stories);

/// What `sgtm demo` writes as summary.json.
nlohmann::ordered_json summary(const Demo& demo);

}  // namespace sgtm
