#include "cli/commands.hpp"
#include "lab/demos/field_demo.hpp"
#include "lab/report/field_demo_page.hpp"
#include "lab/report/table.hpp"

namespace sgtm {
namespace {

constexpr double tokens_per_entity = 27000;  // an unfiltered model then answers more than four questions of five

struct FieldDemoOptions {
  fs::path out = "runs/encyclopedia";
  std::string preset = "0.25M";
  Index entities = 100, steps = 0;
  std::uint64_t seed = 1;
  bool overwrite = false;
};

FieldDemo run(const FieldDemoOptions& o) {
  DemoConfig config{o.out, o.preset, parse_settings({"--preset", o.preset}), {}, o.overwrite};
  config.settings = config.preset_settings;
  config.settings.seed = o.seed;
  if (o.steps > 0)
    config.settings.steps = o.steps;
  else
    config.settings.tokens = tokens_per_entity * static_cast<double>(o.entities);
  return run_field_demo(config, o.entities);
}

}  // namespace

void add_demo_fields(CLI::App& program) {
  const auto o = std::make_shared<FieldDemoOptions>();
  CLI::App* command = program.add_subcommand(
      "demo-fields",
      "train four models on a made-up encyclopedia, forget biology in three ways, and ask them (a few minutes)");
  command->add_option("--out", o->out, "folder to write; what is finished there is not run again")
      ->capture_default_str();
  command->add_option("--preset", o->preset, "size of the models")->capture_default_str();
  command->add_option("--entities", o->entities, "things in the world, over twelve fields")->capture_default_str();
  command->add_option("--steps", o->steps, "training steps (default: 27,000 tokens for each of the entities)")
      ->check(at_least(0));
  command->add_option("--seed", o->seed, "of the world, the models and the labels")->capture_default_str();
  command->add_flag("--overwrite", o->overwrite, "replace a demo that is there");
  add_threads(*command);
  command->footer("Example: sgtm demo-fields --seed 2 --entities 240 --out runs/encyclopedia-240");
  command->callback([o] {
    const FieldDemo demo = run(*o);
    const std::string figure = field_demo_figure(demo.models);
    write_file(o->out / "summary.json", summary(demo).dump(2) + "\n");
    write_file(o->out / "recall.svg", figure);
    write_file(o->out / "report.html", field_demo_page(demo, figure));
    print_out(
        "\nwhat the models know (recall: share of questions answered right, with its 95 % interval over "
        "facts)\n\n{}\n{}",
        text_table(field_demo_rows(demo.models)), text_table(answer_rows(demo.asked)));
    print_out("\nThe page that explains this: {}\n", (o->out / "report.html").string());
  });
}

}  // namespace sgtm
