#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "eval/sampling.hpp"
#include "experiments/run.hpp"
#include "report/demo_page.hpp"
#include "report/loss_table.hpp"
#include "sgtm/ablation.hpp"
#include "sgtm/saved_model.hpp"
#include "text/prepare.hpp"

namespace sgtm {
namespace {

using nlohmann::ordered_json;

struct DemoOptions {
  fs::path out = "runs/demo";
  std::string preset = "demo";
  Index stories = 15000, steps = 0;
  std::uint64_t seed = 1;
};

/// The three models, each with the flags that make it.
struct Recipe {
  const char* name;
  const char* title;
  std::vector<std::string> flags;
};

const std::vector<Recipe> recipes{
    {"none", "trained on all stories, nothing hidden from it", {"--strategy", "none"}},
    {"filter",
     "the Spanish stories were filtered out of its training data, but one in five slipped through",
     {"--strategy", "none", "--filter", "weak", "--undiscovered", "0.2"}},
    {"sgtm",
     "trained with SGTM, which did not know either that one in five of the Spanish stories was Spanish",
     {"--strategy", "sgtm", "--optimizer", "split", "--undiscovered", "0.2"}},
};

constexpr const char* prompts[] = {"Once upon a time there was", "One morning,", "Había una vez", "Una mañana,"};

std::vector<std::string> flags_of(const Recipe& recipe, const DemoOptions& o) {
  std::vector<std::string> flags{"--preset", o.preset};
  flags.insert(flags.end(), recipe.flags.begin(), recipe.flags.end());
  if (o.steps > 0) flags.insert(flags.end(), {"--steps", std::to_string(o.steps)});
  flags.insert(flags.end(), {"--seed", std::to_string(o.seed)});
  return flags;
}

void prepare_data(const DemoOptions& o) {
  const fs::path folder = o.out / "data";
  const std::vector<SourceDocuments> sources{story_documents("retain", Language::english, o.seed, o.stories),
                                             story_documents("forget", Language::spanish, o.seed, o.stories)};
  if (fs::exists(folder / "data.json")) {
    const auto facts = ordered_json::parse(read_file(folder / "data.json"), nullptr, false);
    if (facts.is_object() && facts["sources"]["retain"]["from"] == sources[0].description) return;
  }
  PrepareConfig config;
  config.out = folder;
  config.seed = o.seed;
  config.overwrite = true;
  prepare(config, sources);
}

void add_samples(const DemoModel& model, const std::string& state, SavedModel saved, const Tokenizer& tokenizer,
                 std::vector<DemoSample>& samples) {
  const Layout layout = saved.layout();
  Network<float> network(saved.config, layout);
  SamplingConfig sampling;
  sampling.tokens = 32;
  sampling.temperature = 0.5;
  for (const char* prompt : prompts)
    samples.push_back({model.name + ", " + state, prompt,
                       sample(network, saved.config, saved.parameters, tokenizer, prompt, sampling)});
}

std::vector<DemoSample> write_samples(const std::vector<DemoModel>& models, const DemoOptions& o) {
  std::vector<DemoSample> samples;
  const Tokenizer tokenizer = Tokenizer::read(o.out / "data");
  for (const DemoModel& model : models) {
    SavedModel saved = read_model(o.out / model.name);
    Strategy strategy = strategy_named(saved.strategy);
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

void run_demo(const DemoOptions& o) {
  fmt::print("writing {} stories in English and in Spanish\n", o.stories);
  std::fflush(stdout);
  prepare_data(o);
  std::vector<std::string> commands{
      fmt::format("sgtm prepare --stories {} --seed {} --out {}", o.stories, o.seed, (o.out / "data").string())};
  std::vector<DemoModel> models;
  std::vector<std::pair<std::string, ordered_json>> results;
  ordered_json summary;
  RunConfig config;
  for (const Recipe& recipe : recipes) {
    const std::vector<std::string> flags = flags_of(recipe, o);
    const fs::path folder = o.out / recipe.name;
    commands.push_back(fmt::format("sgtm train --data {} {} --out {}", (o.out / "data").string(), fmt::join(flags, " "),
                                   folder.string()));
    fmt::print("training {}: {}\n", recipe.name, recipe.title);
    std::fflush(stdout);
    config = parse_settings(flags);
    const ordered_json result = run(config, {o.out / "data", folder});
    models.push_back({recipe.name, recipe.title, result, read_file(folder / "metrics.csv")});
    results.emplace_back(recipe.name, result);
    summary[recipe.name] = {{"losses", result["losses"]},
                            {"floor", result["floor"]},
                            {"tokens_per_second", result["tokens_per_second"]},
                            {"training_seconds", result["training_seconds"]}};
  }
  const std::vector<DemoSample> samples = write_samples(models, o);
  commands.push_back(fmt::format("sgtm ablate {}", (o.out / "sgtm").string()));
  commands.push_back(fmt::format("sgtm sample {} --prompt \"{}\" --tokens 32 --temperature 0.5",
                                 (o.out / "sgtm/ablated").string(), prompts[2]));
  for (const DemoSample& s : samples)
    summary["samples"].push_back({{"model", s.model}, {"prompt", s.prompt}, {"continuation", s.continuation}});
  summary["seed"] = o.seed;
  summary["commands"] = commands;
  summary["machine"] = results.back().second["machine"];
  write_file(o.out / "summary.json", summary.dump(2) + "\n");
  const DemoFigures figures = demo_figures(models, config);
  write_file(o.out / "masks.svg", figures.masks);
  write_file(o.out / "trade-off.svg", figures.trade_off);
  write_file(o.out / "loss-curves.svg", figures.loss_curves);
  write_file(o.out / "report.html", demo_page(models, samples, figures, commands));

  fmt::print("\nheld-out loss in nats per token (retain: English, forget: Spanish)\n\n{}\n", loss_table(results));
  std::string prompt;
  for (const DemoSample& s : samples) {
    if (s.prompt != prompt) fmt::print("{} ...\n", s.prompt);
    prompt = s.prompt;
    fmt::print("  {}:\n    {}{}\n", s.model, s.prompt, s.continuation);
  }
  fmt::print("\nThe page that explains this: {}\n", (o.out / "report.html").string());
}

}  // namespace

void add_demo(CLI::App& program) {
  const auto o = std::make_shared<DemoOptions>();
  CLI::App* command = program.add_subcommand(
      "demo", "train three bilingual models, cut the Spanish out of one, and show it on a page (a few minutes)");
  command->add_option("--out", o->out, "folder to write; what is finished there is not run again")
      ->capture_default_str();
  command->add_option("--preset", o->preset, "size of the models")->capture_default_str();
  command->add_option("--stories", o->stories, "stories per language")->capture_default_str();
  command->add_option("--steps", o->steps, "training steps (default: the preset's tokens)");
  command->add_option("--seed", o->seed, "of the stories, the models and the labels")->capture_default_str();
  add_threads(*command);
  command->footer("Example: sgtm demo --seed 2 --out runs/demo-2");
  command->callback([o] { run_demo(*o); });
}

}  // namespace sgtm
