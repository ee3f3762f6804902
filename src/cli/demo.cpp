#include "lab/demos/demo.hpp"
#include "cli/commands.hpp"
#include "lab/report/demo_page.hpp"
#include "lab/report/loss_table.hpp"

namespace sgtm {
namespace {

struct DemoOptions {
  fs::path out = "runs/demo";
  std::string preset = "demo";
  Index stories = 15000, steps = 0;
  std::uint64_t seed = 1;
  bool overwrite = false;
};

Demo run(const DemoOptions& o) {
  DemoConfig config{o.out, o.preset, parse_settings({"--preset", o.preset}), {}, o.overwrite};
  config.settings = config.preset_settings;
  config.settings.seed = o.seed;
  if (o.steps > 0) config.settings.steps = o.steps;
  return run_demo(config, o.stories);
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
  std::vector<std::pair<std::string, nlohmann::ordered_json>> results;
  for (const DemoModel& model : demo.models) results.emplace_back(model.name, model.result);
  print_out("\nheld-out loss in nats per token (retain: English, forget: Spanish)\n\n{}\n", loss_table(results));
  std::string prompt;
  for (const DemoSample& s : demo.samples) {
    if (s.prompt != prompt) print_out("{} ...\n", s.prompt);
    prompt = s.prompt;
    print_out("  {}:\n    {}{}\n", s.model, s.prompt, s.continuation);
  }
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
  command->add_option("--steps", o->steps, "training steps (default: the preset's tokens)")->check(at_least(0));
  command->add_option("--seed", o->seed, "of the stories, the models and the labels")->capture_default_str();
  command->add_flag("--overwrite", o->overwrite, "replace a demo that is there");
  add_threads(*command);
  command->footer("Example: sgtm demo --seed 2 --out runs/demo-2");
  command->callback([o] {
    const Demo demo = run(*o);
    write_files(demo, o->out);
    print(demo);
    print_out("\nThe page that explains this: {}\n", (o->out / "report.html").string());
  });
}

}  // namespace sgtm
