#include "lab/demos/demo.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/folder.hpp"
#include "core/say.hpp"
#include "lab/runs/run.hpp"
#include "sgtm/ablation.hpp"

namespace sgtm {

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

DemoModel train_demo_model(const DemoConfig& c, const DemoRecipe& recipe) {
  const fs::path data = c.out / "data", folder = c.out / recipe.name;
  print_out("training {}: {}\n", recipe.name, recipe.title);
  flush_output();
  RunConfig config = c.settings;
  recipe.change(config);
  const std::string command = "sgtm " + train_arguments(config, c.preset, c.preset_settings, data, folder);
  const nlohmann::ordered_json result = run(config, {.data = data, .out = folder, .overwrite = c.overwrite});
  return {recipe.name, recipe.title, config, result, read_rows(folder / "metrics.csv"), command};
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

}  // namespace sgtm
