#include "cli/commands.hpp"
#include "sgtm/ablation.hpp"
#include "sgtm/expansion.hpp"

namespace sgtm {
namespace {

struct AblateOptions {
  fs::path path, out;
  bool trainable = false, shrink = false, json = false, overwrite = false;
  std::uint64_t seed = 1;
};

void ablate_model(const AblateOptions& o) {
  SavedModel model = read_model(o.path);
  const Strategy& strategy = strategy_named(model.strategy);
  if (!strategy.splits)
    throw Error(
        fmt::format("{}: was trained with strategy none, so nothing of it is forget. Train with another strategy.",
                    o.path.string()));
  const fs::path out = output_for(o.path, "ablated", o.out, o.overwrite);
  const Layout layout = model.layout();
  const Partition partition = make_partition(layout, model.config, model.split, strategy);
  if (o.trainable)
    redraw(model.parameters, partition, o.seed);
  else
    ablate(model.parameters, partition);
  model.state = "ablated";
  if (o.shrink) {
    model.parameters = without_units(model.config, model.split, model.parameters);
    model.config = config_without_units(model.config, model.split);
    model.split = {.forget_heads = 0, .forget_units = 0};
    model.strategy = "none";
  }
  write_derived(out, model, o.path);
  const Index entries = size(partition.forget);
  if (o.json)
    print_json({{"out", out.string()}, {"ablated_entries", entries}, {"parameters", layout.parameters()}});
  else
    print_out("{}: {} of {} parameters {}\n", out.string(), entries, layout.parameters(),
              o.trainable ? "drawn anew"
              : o.shrink  ? "taken out or set to zero"
                          : "set to zero");
}

}  // namespace

void add_ablate(CLI::App& program) {
  const auto o = std::make_shared<AblateOptions>();
  CLI::App* command = program.add_subcommand("ablate", "set a model's forget parameters to zero");
  command->add_option("path", o->path, "run directory or .safetensors file; it is not changed")->required();
  command->add_option("--out", o->out, "folder to write (default: PATH/ablated)");
  CLI::Option* trainable =
      command->add_flag("--trainable", o->trainable,
                        "draw the forget parameters anew, as large as the retain ones, instead of zeroing them");
  command->add_flag("--shrink", o->shrink, "take the forget units out of the file, which then has no forget part")
      ->excludes(trainable);
  command->add_option("--seed", o->seed, "of --trainable")->capture_default_str();
  command->add_flag("--overwrite", o->overwrite, "replace a model that is there");
  command->add_flag("--json", o->json, "print JSON");
  command->footer("Example: sgtm ablate runs/a && sgtm sample runs/a/ablated --prompt \"Había una vez\"");
  command->callback([o] { ablate_model(*o); });
}

}  // namespace sgtm
