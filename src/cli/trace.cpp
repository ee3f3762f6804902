#include "lab/demos/trace.hpp"
#include "cli/commands.hpp"
#include "lab/report/pictures.hpp"
#include "lab/report/trace_page.hpp"

namespace sgtm {
namespace {

struct TraceOptions {
  std::string label = "all";
  fs::path html, svg;
  bool json = false, skip = true;
};

// The page holds every entry of a block several times over.
constexpr Index most_parameters_to_draw = 500'000;

void print_trace(const RunConfig& config, const TraceOptions& o) {
  const std::vector<Label> chosen = labels_chosen(o.label);
  if (const Index parameters = Layout(config.model).parameters(); parameters > most_parameters_to_draw)
    throw Error(
        fmt::format("the model has {} parameters; a trace shows them one by one, up to {}. Choose a smaller --preset.",
                    parameters, most_parameters_to_draw));
  const Trace t = trace(config, chosen, o.skip);
  if (!o.html.empty()) write_file(o.html, trace_page(t));
  if (!o.svg.empty()) write_file(o.svg, step_picture(t));
  print_out("{}", o.json ? to_json(t).dump(2) + "\n" : trace_text(t));
  if (o.json) return;
  if (!o.html.empty()) print_out("\nto step through it: {}\n", o.html.string());
  if (!o.svg.empty()) print_out("\ndrawn into {}\n", o.svg.string());
}

}  // namespace

void add_trace(CLI::App& program) {
  const auto o = std::make_shared<TraceOptions>();
  CLI::App* command = program.add_subcommand(
      "trace", "one optimizer step under a microscope: what each label zeroes, stops, masks and moves");
  const auto read = add_settings(*command, "nano");
  command->add_option("--label", o->label, "forget, unlabeled, retain, or all")->capture_default_str();
  command->add_option("--html", o->html, "also write a page in which to step through it")->check(ends_with(".html"));
  command->add_option("--svg", o->svg, "also draw one block's gradients and moves into this file")
      ->check(ends_with(".svg"));
  add_no_skip(*command, o->skip);
  command->add_flag("--json", o->json, "print JSON");
  add_threads(*command);
  command->footer(
      "The model has trained for 30 steps, a fifth of the Spanish undiscovered; settings of labels and length don't "
      "count.\nExamples:\n  sgtm trace --strategy sgtm --label forget\n  sgtm trace --strategy gradient_routing "
      "--optimizer split --html trace.html");
  command->callback([o, read] { print_trace(read(), *o); });
}

}  // namespace sgtm
