#include "demos/demo_model.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "runs/run.hpp"

namespace sgtm {

void prepare_demo(const DemoConfig& c, const std::vector<SourceDocuments>& wanted, const Questions& questions) {
  PrepareConfig config;
  config.out = c.out / "data";
  config.seed = c.settings.seed;
  config.overwrite = c.overwrite;
  if (is_prepared(config, wanted)) return;
  if (fs::exists(config.out / "data.json") && !c.overwrite)
    throw Error(fmt::format("{}: holds a demo of other data. Choose another --out, or --overwrite.", c.out.string()));
  for (const SourceDocuments& source : wanted) fmt::print("writing {}\n", source.description);
  std::fflush(stdout);
  prepare(config, wanted, questions);
}

DemoModel train_demo_model(const DemoConfig& c, const DemoRecipe& recipe) {
  const fs::path data = c.out / "data", folder = c.out / recipe.name;
  fmt::print("training {}: {}\n", recipe.name, recipe.title);
  std::fflush(stdout);
  RunConfig config = c.settings;
  recipe.change(config);
  const std::string command = "sgtm " + train_arguments(config, c.preset, c.preset_settings, data, folder);
  const nlohmann::ordered_json result = run(config, {.data = data, .out = folder, .overwrite = c.overwrite});
  return {recipe.name, recipe.title, config, result, read_file(folder / "metrics.csv"), command};
}

}  // namespace sgtm
