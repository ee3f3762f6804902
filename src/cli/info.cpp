#include <fmt/format.h>

#include <memory>

#include "cli/commands.hpp"
#include "core/error.hpp"
#include "core/folder.hpp"
#include "core/json.hpp"
#include "core/safetensors.hpp"
#include "core/say.hpp"
#include "lab/report/loss_table.hpp"
#include "lab/runs/results.hpp"
#include "lab/runs/saved_model.hpp"
#include "text/dataset.hpp"
#include "text/tokenizer.hpp"

namespace sgtm {
namespace {

using nlohmann::ordered_json;

ordered_json describe_model(const fs::path& path) {
  const SavedModel model = read_model(path);
  const Layout layout = model.layout();
  const Partition partition = make_partition(layout, model.config, model.split, strategy_named(model.strategy));
  ordered_json json{
      {"what", "model"}, {"state", model.state}, {"strategy", model.strategy}, {"parameters", layout.parameters()}};
  for (const Owner owner : owners) json["entries"][name(owner)] = size(partition.of(owner));
  json["shape"] = {{"vocabulary", model.config.vocabulary}, {"context", model.config.context},
                   {"width", model.config.width},           {"blocks", model.config.blocks},
                   {"heads", model.config.heads},           {"mlp_width", model.config.mlp_width}};
  json["data"] = model.data;
  return json;
}

ordered_json describe_tensors(const fs::path& path) {
  const SafetensorsFile file(path);
  if (file.has("transformer.wte.weight")) return describe_model(path);
  ordered_json json{{"what", file.has("offsets")    ? "documents as tokens"
                             : file.has("moment_1") ? "checkpoint of a run in progress"
                                                    : "tensors"}};
  for (const auto& [name, entry] : file.entries())
    json["tensors"][name] = {{"type", entry.dtype}, {"shape", entry.shape}};
  return json;
}

bool is_finished_run(const fs::path& path) {
  return fs::exists(path / "settings.json") && fs::exists(path / "result.json");
}

ordered_json describe(const fs::path& path) {
  if (!fs::exists(path)) throw Error(fmt::format("{}: there is no such file or folder.", path.string()));
  if (!fs::is_directory(path)) {
    if (path.extension() == ".safetensors") return describe_tensors(path);
    if (path.extension() == ".json") return read_json(path);
    throw Error(
        fmt::format("{}: is neither .safetensors nor .json. Name a file or folder that sgtm wrote.", path.string()));
  }
  settle(path);
  const std::string kind = kind_of(path);
  if (kind == "data set") return {{"what", kind}, {"facts", read_facts(path)}};
  if (is_finished_run(path))
    return {{"what", "finished run"}, {"model", describe_model(path)}, {"result", read_result(path / "result.json")}};
  if (kind == "demo") return {{"what", kind}, {"summary", read_json(path / "summary.json")}};
  if (kind == "run") return {{"what", "run that has not finished"}, {"settings", read_json(path / "settings.json")}};
  if (kind == "table of runs") return {{"what", kind}, {"experiments", read_json(path / "experiments.json")}};
  if (kind == "model") return describe_model(path);
  if (kind == "tokenizer") return {{"what", kind}, {"tokens", Tokenizer::read(path).size()}};
  throw Error(fmt::format("{}: holds nothing that sgtm writes.", path.string()));
}

/// JSON as indented "key: value" lines, which people read more easily.
void print_lines(const ordered_json& json, int indent) {
  for (const auto& [key, value] : json.items()) {
    const std::string space(static_cast<std::size_t>(indent), ' ');
    if (value.is_object()) {
      print_out("{}{}:\n", space, key);
      print_lines(value, indent + 2);
    } else {
      print_out("{}{}: {}\n", space, key, value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
}

}  // namespace

void add_info(CLI::App& program) {
  struct Options {
    fs::path path;
    bool json = false;
  };
  const auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("info", "describe any file or folder that this program writes");
  command->add_option("path", o->path, "run, data set, model, tokenizer, .safetensors or .json")->required();
  command->add_flag("--json", o->json, "print JSON");
  command->footer("Example: sgtm info runs/a");
  command->callback([o] {
    const ordered_json json = describe(o->path);
    if (o->json) {
      print_out("{}\n", json.dump(2));
      return;
    }
    print_lines(json, 0);
    if (is_finished_run(o->path)) print_out("\n{}", loss_table({{"", json["result"]}}));
  });
}

}  // namespace sgtm
