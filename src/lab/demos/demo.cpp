#include "lab/demos/demo.hpp"

#include <fmt/format.h>

#include "eval/sampling.hpp"

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

Demo run_demo(const DemoConfig& c, Index stories) {
  Demo demo;
  prepare_demo(c, {story_documents("retain", Language::english, c.settings.seed, stories),
                   story_documents("forget", Language::spanish, c.settings.seed, stories)});
  demo.commands.push_back(
      fmt::format("sgtm prepare --stories {} --seed {} --out {}", stories, c.settings.seed, (c.out / "data").string()));
  for (const DemoRecipe& recipe : recipes) {
    demo.models.push_back(train_demo_model(c, recipe));
    demo.commands.push_back(demo.models.back().command);
  }
  demo.samples = write_samples(demo.models, c.out);
  demo.commands.push_back(fmt::format("sgtm ablate {}", (c.out / "sgtm").string()));
  demo.commands.push_back(fmt::format("sgtm sample {} --prompt \"{}\" --tokens 32 --temperature 0.5",
                                      (c.out / "sgtm/ablated").string(), prompts[2]));
  return demo;
}

ordered_json summary(const Demo& demo) {
  ordered_json summary;
  for (const DemoModel& model : demo.models)
    for (const char* key : {"losses", "floor", "tokens_per_second", "training_seconds"})
      summary[model.name][key] = model.result[key];
  for (const DemoSample& s : demo.samples)
    summary["samples"].push_back({{"model", s.model}, {"prompt", s.prompt}, {"continuation", s.continuation}});
  summary["seed"] = demo.models.back().result["seed"];
  summary["commands"] = demo.commands;
  summary["machine"] = demo.models.back().result["machine"];
  return summary;
}

}  // namespace sgtm
