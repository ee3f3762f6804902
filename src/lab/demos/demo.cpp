#include "lab/demos/demo.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/folder.hpp"
#include "core/say.hpp"
#include "eval/sampling.hpp"
#include "lab/runs/run.hpp"
#include "sgtm/ablation.hpp"

namespace sgtm {
namespace {

using nlohmann::ordered_json;

const std::vector<DemoRecipe> recipes{
    {"none", "trained on all stories, nothing hidden from it", [](RunConfig& c) { c.strategy = "none"; }},
    {"filter", "the Spanish stories were filtered out of its training data, but one in five slipped through",
     [](RunConfig& c) { c.strategy = "none", c.filter = "weak", c.labels.undiscovered = 0.2; }},
    {"sgtm", "trained with SGTM, which did not know either that one in five of the Spanish stories was Spanish",
     [](RunConfig& c) { c.strategy = "sgtm", c.optimizer = "split", c.labels.undiscovered = 0.2; }},
};

constexpr const char* prompts[] = {"Once upon a time there was", "One morning,", "Había una vez", "Una mañana,"};

std::vector<DemoSample> write_samples(const std::vector<DemoModel>& models, const fs::path& out) {
  const Tokenizer tokenizer = Tokenizer::read(out / "data");
  SamplingConfig sampling;
  sampling.tokens = 32;
  sampling.temperature = 0.5;
  std::vector<DemoState> states = states_of(models, out, ", trained");
  std::vector<DemoSample> samples;
  for (const char* prompt : prompts)
    for (auto& [title, saved] : states)
      samples.push_back({title, prompt, sample(saved.config, saved.parameters, tokenizer, prompt, sampling)});
  return samples;
}

}  // namespace

void prepare_demo(const DemoConfig& c, const std::vector<SourceDocuments>& texts, const Questions& questions) {
  check_place(c.out, "demo");
  PrepareConfig config;
  config.out = c.out / "data";
  config.seed = c.settings.seed;
  config.overwrite = c.overwrite;
  if (is_prepared(config, texts)) return;
  if (fs::exists(config.out / "data.json") && !c.overwrite)
    throw Error(fmt::format("{}: holds a demo of other data. Choose another --out, or --overwrite.", c.out.string()));
  for (const SourceDocuments& source : texts) print_out("writing {}\n", source.description);
  flush_output();
  prepare(config, texts, questions);
}

DemoModel train_demo_model(const DemoConfig& c, const DemoRecipe& recipe, std::vector<std::string>& commands) {
  const fs::path data = c.out / "data", folder = c.out / recipe.name;
  print_out("training {}: {}\n", recipe.name, recipe.title);
  flush_output();
  RunConfig config = c.settings;
  recipe.change(config);
  commands.push_back("sgtm " + train_arguments(config, c.preset, c.preset_settings, data, folder));
  const RunResult result = run(config, {.data = data, .out = folder, .overwrite = c.overwrite});
  return {recipe.name, recipe.title, config, result, read_rows(folder / "metrics.csv")};
}

std::vector<DemoState> states_of(const std::vector<DemoModel>& models, const fs::path& out,
                                 const std::string& if_whole) {
  std::vector<DemoState> states;
  for (const DemoModel& model : models) {
    const SavedModel saved = read_model(out / model.name);
    const Strategy& strategy = strategy_named(saved.strategy);
    states.push_back({model.name + (strategy.splits ? ", before ablation" : if_whole), saved});
    if (!strategy.splits) continue;
    states.push_back({model.name + ", after ablation", saved});
    ablate(states.back().saved.parameters, make_partition(saved.layout(), saved.config, saved.split, strategy));
  }
  return states;
}

ordered_json models_summary(const std::vector<DemoModel>& models, std::initializer_list<const char*> keys) {
  ordered_json summary;
  for (const DemoModel& model : models) {
    const ordered_json result = to_json(model.result);
    for (const char* key : keys) summary[model.name][key] = result.at(key);
  }
  return summary;
}

Demo run_demo(const DemoConfig& c, Index stories) {
  Demo demo;
  prepare_demo(c, {story_documents("retain", Language::english, c.settings.seed, stories),
                   story_documents("forget", Language::spanish, c.settings.seed, stories)});
  demo.commands.push_back(
      fmt::format("sgtm prepare --stories {} --seed {} --out {}", stories, c.settings.seed, (c.out / "data").string()));
  for (const DemoRecipe& recipe : recipes) demo.models.push_back(train_demo_model(c, recipe, demo.commands));
  demo.samples = write_samples(demo.models, c.out);
  demo.commands.push_back(fmt::format("sgtm ablate {}", (c.out / "sgtm").string()));
  demo.commands.push_back(fmt::format("sgtm sample {} --prompt \"{}\" --tokens 32 --temperature 0.5",
                                      (c.out / "sgtm/ablated").string(), prompts[2]));
  return demo;
}

ordered_json summary(const Demo& demo) {
  auto summary = models_summary(demo.models, {"losses", "floor", "tokens_per_second", "training_seconds"});
  for (const DemoSample& s : demo.samples)
    summary["samples"].push_back({{"model", s.model}, {"prompt", s.prompt}, {"continuation", s.continuation}});
  summary["seed"] = demo.models.back().result.seed;
  summary["commands"] = demo.commands;
  summary["machine"] = to_json(demo.models.back().result)["machine"];
  return summary;
}

}  // namespace sgtm
