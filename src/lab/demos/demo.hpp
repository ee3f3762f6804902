#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "core/files.hpp"
#include "lab/runs/run_result.hpp"
#include "lab/runs/saved_model.hpp"
#include "lab/runs/step_log.hpp"
#include "text/prepare.hpp"
#include "train/run_config.hpp"

namespace sgtm {

/// One model of a demo and what its run left behind.
struct DemoModel {
  std::string name, title;
  RunConfig config;
  RunResult result;
  std::vector<LogRow> metrics;  // metrics.csv
};

/// What the models of a demo share.
struct DemoConfig {
  fs::path out;
  std::string preset;         // its name, for the commands that the page shows
  RunConfig preset_settings;  // what the name stands for
  RunConfig settings;         // the same with the user's steps and seed
  bool overwrite = false;     // what is in `out` of another demo
};

/// A model, and how its settings differ from those that all share.
struct DemoRecipe {
  const char* name;
  const char* title;
  void (*change)(RunConfig&);
};

/// Writes the demo's data set, `out`/data, unless it holds just these sources. Throws Error where it holds others.
void prepare_demo(const DemoConfig& config, const std::vector<SourceDocuments>& texts, const Questions& questions = {});

/// Trains a model in `out`/name, unless it is there. What one would type to get the same is added to `commands`.
DemoModel train_demo_model(const DemoConfig& config, const DemoRecipe& recipe, std::vector<std::string>& commands);

/// A model in one of its states, to be asked or sampled from.
struct DemoState {
  std::string title;
  SavedModel saved;
};

/// What a summary tells of each model: these of what its result.json holds.
nlohmann::ordered_json models_summary(const std::vector<DemoModel>& models, std::initializer_list<const char*> keys);

/// The models in `out`: a split one before and after ablation, another as it is, with `if_whole` behind its name.
std::vector<DemoState> states_of(const std::vector<DemoModel>& models, const fs::path& out,
                                 const std::string& if_whole);

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
/// in `out` is not run again. `stories`: of each language.
Demo run_demo(const DemoConfig& config, Index stories);

/// What `sgtm demo` writes as summary.json.
nlohmann::ordered_json summary(const Demo& demo);

/// A question put to a model in some state, and its likeliest answers with their probabilities.
struct TopAnswers {
  std::string model, field, prompt, right;
  std::vector<std::pair<std::string, double>> answers;
};

struct FieldDemo {
  std::vector<DemoModel> models;
  std::vector<TopAnswers> asked;  // by question, then by model
  std::vector<std::string> commands;
};

/// Trains on a made-up encyclopedia without a filter, with one that drops biology, with one that drops its neighbours
/// too, and with SGTM; then asks each the same three questions: on biology, on medicine, on history. They are the first
/// of their field that the unfiltered model answers right.
FieldDemo run_field_demo(const DemoConfig& config, Index entities);

/// What `sgtm demo-fields` writes as summary.json.
nlohmann::ordered_json summary(const FieldDemo& demo);

}  // namespace sgtm
