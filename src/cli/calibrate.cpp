#include "cli/commands.hpp"
#include "eval/calibration.hpp"
#include "eval/losses.hpp"

namespace sgtm {
namespace {

struct CalibrateOptions {
  fs::path path, out, data;
  RunConfig run;  // of which calibration's settings count
  std::uint64_t seed = 1;
  bool json = false, overwrite = false;
};

void calibrate_model(const CalibrateOptions& o) {
  SavedModel model = read_model(o.path);
  const fs::path out = output_for(o.path, "calibrated", o.out, o.overwrite);
  const Dataset data = data_for(model, o.path, o.data);
  const Layout layout = model.layout();
  Network<float> network(model.config, layout);
  const Losses before = held_out_losses(network, model.config, model.parameters, data);
  calibrate(network, model.config, model.parameters, data, calibration_of(o.run), o.seed);
  const Losses after = held_out_losses(network, model.config, model.parameters, data);
  model.state = "calibrated";
  write_derived(out, model, o.path);
  nlohmann::ordered_json json{{"out", out.string()}};
  for (const auto& [source, loss] : before)
    json["losses"][name(source)] = {{"before", loss}, {"calibrated", after.at(source)}};
  if (o.json) return print_json(json);
  print_out("{}: output bias trained for {} steps; held-out loss in nats per token\n", out.string(),
            o.run.calibration_steps);
  for (const auto& [source, loss] : before)
    print_out("  {:9} {:.4f} -> {:.4f}\n", name(source), loss, after.at(source));
}

}  // namespace

void add_calibrate(CLI::App& program) {
  const auto o = std::make_shared<CalibrateOptions>();
  CLI::App* command =
      program.add_subcommand("calibrate", "train a model's output bias, and nothing else (paper, App. I.2)");
  command->add_option("path", o->path, "run directory or .safetensors file; it is not changed")->required();
  command->add_option("--out", o->out, "folder to write (default: PATH/calibrated)");
  command->add_option("--data", o->data, "data set (default: the one that the model was trained on)");
  command->option_defaults()->always_capture_default();
  RunConfig& run = o->run;
  command->add_option("--steps", run.calibration_steps, "training steps")->check(at_least(1));
  command->add_option("--documents", run.calibration_documents, "of every source and step")->check(at_least(1));
  command->add_option("--retain", run.calibration_retain, "weight of the retain loss beside the forget loss")
      ->check(at_least(0));
  command->add_option("--adjacent", run.calibration_adjacent, "weight of the adjacent loss")->check(at_least(0));
  command->add_option("--seed", o->seed, "of the bias's start and of the documents' order");
  command->add_flag("--overwrite", o->overwrite, "replace a model that is there");
  command->add_flag("--json", o->json, "print JSON");
  add_threads(*command);
  command->footer("Example: sgtm calibrate runs/a/ablated");
  command->callback([o] { calibrate_model(*o); });
}

}  // namespace sgtm
