#include "lab/demos/demo.hpp"
#include "cli/commands.hpp"
#include "lab/report/demo_page.hpp"

namespace sgtm {
namespace {

constexpr double tokens_per_entity = 27000;  // an unfiltered model then answers more than four questions of five

struct DemoOptions {
  fs::path out;
  std::string preset;
  Index size;  // stories per language, or entities of the encyclopedia
  Index steps = 0;
  std::uint64_t seed = 1;
  bool overwrite = false;
};

/// What both demos take: --`size` and some helps are worded by what they are about.
void add_demo_options(CLI::App& command, DemoOptions& o, const char* size, const char* size_help,
                      const char* steps_help, const char* seed_help) {
  command.add_option("--out", o.out, "folder to write; what is finished there is not run again")->capture_default_str();
  command.add_option("--preset", o.preset, "size of the models")->capture_default_str();
  command.add_option(size, o.size, size_help)->capture_default_str();
  command.add_option("--steps", o.steps, steps_help)->check(at_least(0));
  command.add_option("--seed", o.seed, seed_help)->capture_default_str();
  command.add_flag("--overwrite", o.overwrite, "replace a demo that is there");
  add_threads(command);
}

DemoConfig config_of(const DemoOptions& o) {
  DemoConfig config{o.out, o.preset, parse_settings({"--preset", o.preset}), {}, o.overwrite};
  config.settings = config.preset_settings;
  config.settings.seed = o.seed;
  if (o.steps > 0) config.settings.steps = o.steps;
  return config;
}

void print_place(const DemoOptions& o) {
  print_out("\nThe page that explains this: {}\n", (o.out / "report.html").string());
}

void write_files(const Demo& demo, const fs::path& out) {
  write_file(out / "summary.json", summary(demo).dump(2) + "\n");
  const DemoFigures figures = demo_figures(demo);
  write_file(out / "masks.svg", figures.masks);
  write_file(out / "trade-off.svg", figures.trade_off);
  write_file(out / "loss-curves.svg", figures.loss_curves);
  write_file(out / "report.html", demo_page(demo, figures));
}

void print(const Demo& demo) {
  NamedResults results;
  for (const DemoModel& model : demo.models) results.emplace_back(model.name, model.result);
  print_out("\nheld-out loss in nats per token (retain: English, forget: Spanish)\n\n{}\n",
            text_table(loss_rows(results)));
  std::string prompt;
  for (const DemoSample& s : demo.samples) {
    if (s.prompt != prompt) print_out("{} ...\n", s.prompt);
    prompt = s.prompt;
    print_out("  {}:\n    {}{}\n", s.model, s.prompt, s.continuation);
  }
}

}  // namespace

void add_demo(CLI::App& program) {
  const auto o = std::make_shared<DemoOptions>(DemoOptions{"runs/demo", "demo", 15000});
  CLI::App* command = program.add_subcommand(
      "demo", "train three bilingual models, cut the Spanish out of one, and show it on a page (a few minutes)");
  add_demo_options(*command, *o, "--stories", "stories per language", "training steps (default: the preset's tokens)",
                   "of the stories, the models and the labels");
  command->footer("Example: sgtm demo --seed 2 --out runs/demo-2");
  command->callback([o] {
    const Demo demo = run_demo(config_of(*o), o->size);
    write_files(demo, o->out);
    print(demo);
    print_place(*o);
  });
}

void add_demo_fields(CLI::App& program) {
  const auto o = std::make_shared<DemoOptions>(DemoOptions{"runs/encyclopedia", "0.25M", 100});
  CLI::App* command = program.add_subcommand(
      "demo-fields",
      "train four models on a made-up encyclopedia, forget biology in three ways, and ask them (a few minutes)");
  add_demo_options(*command, *o, "--entities", "things in the world, over twelve fields",
                   "training steps (default: 27,000 tokens for each of the entities)",
                   "of the world, the models and the labels");
  command->footer("Example: sgtm demo-fields --seed 2 --entities 240 --out runs/encyclopedia-240");
  command->callback([o] {
    DemoConfig config = config_of(*o);
    if (o->steps == 0) config.settings.tokens = tokens_per_entity * static_cast<double>(o->size);
    const FieldDemo demo = run_field_demo(config, o->size);
    const std::string figure = field_demo_figure(demo.models);
    write_file(o->out / "summary.json", summary(demo).dump(2) + "\n");
    write_file(o->out / "recall.svg", figure);
    write_file(o->out / "report.html", field_demo_page(demo, figure));
    print_out(
        "\nwhat the models know (recall: share of questions answered right, with its 95 % interval over "
        "facts)\n\n{}\n{}",
        text_table(field_demo_rows(demo.models)), text_table(answer_rows(demo.asked)));
    print_place(*o);
  });
}

}  // namespace sgtm
