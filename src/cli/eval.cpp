#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/model_paths.hpp"
#include "eval/losses.hpp"

namespace sgtm {

void add_eval(CLI::App& program) {
  struct Options {
    fs::path path, data;
    bool json = false;
  };
  const auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("eval", "a model's loss on held-out documents of every source");
  command->add_option("path", o->path, "run directory or .safetensors file")->required();
  command->add_option("--data", o->data, "data set (default: the one that the model was trained on)");
  command->add_flag("--json", o->json, "print JSON");
  add_threads(*command);
  command->footer("Example: sgtm eval runs/a/ablated");
  command->callback([o] {
    SavedModel model = read_model(o->path);
    const Dataset data = data_for(model, o->data);
    const Layout layout = model.layout();
    Network<float> network(model.config, layout);
    nlohmann::ordered_json json{{"model", o->path.string()}, {"state", model.state}, {"data", data.path.string()}};
    for (const auto& [source, loss] : held_out_losses(network, model.config, model.parameters, data)) {
      const auto& floor = data.parts.at(name(source)).floor;
      json["losses"][name(source)] = loss;
      json["floor"][name(source)] = floor ? nlohmann::ordered_json(*floor) : nullptr;
      if (!o->json)
        fmt::print("{:9} {:.4f} nats per token{}\n", name(source), loss,
                   floor ? fmt::format(", {:.4f} above the floor", loss - *floor) : "");
    }
    if (o->json) fmt::print("{}\n", json.dump(2));
  });
}

}  // namespace sgtm
