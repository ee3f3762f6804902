#include "lab/demos/demo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "eval/sampling.hpp"
#include "lab/runs/saved_model.hpp"
#include "sgtm/ablation.hpp"
#include "text/prepare.hpp"

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

void add_samples(const DemoModel& model, const std::string& state, SavedModel saved, const Tokenizer& tokenizer,
                 std::vector<DemoSample>& samples) {
  SamplingConfig sampling;
  sampling.tokens = 32;
  sampling.temperature = 0.5;
  for (const char* prompt : prompts)
    samples.push_back(
        {model.name + ", " + state, prompt, sample(saved.config, saved.parameters, tokenizer, prompt, sampling)});
}

std::vector<DemoSample> write_samples(const std::vector<DemoModel>& models, const DemoConfig& c) {
  std::vector<DemoSample> samples;
  const Tokenizer tokenizer = Tokenizer::read(c.out / "data");
  for (const DemoModel& model : models) {
    SavedModel saved = read_model(c.out / model.name);
    const Strategy& strategy = strategy_named(saved.strategy);
    add_samples(model, strategy.splits ? "before ablation" : "trained", saved, tokenizer, samples);
    if (!strategy.splits) continue;
    const Layout layout = saved.layout();
    ablate(saved.parameters, make_partition(layout, saved.config, saved.split, strategy));
    add_samples(model, "after ablation", saved, tokenizer, samples);
  }
  const auto rank = [](const DemoSample& s) { return std::find(std::begin(prompts), std::end(prompts), s.prompt); };
  std::stable_sort(samples.begin(), samples.end(),
                   [&](const DemoSample& a, const DemoSample& b) { return rank(a) < rank(b); });
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
  demo.samples = write_samples(demo.models, c);
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
