#include "lab/runs/saved_model.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/machine.hpp"
#include "model/checkpoint.hpp"

namespace sgtm {
namespace {

using nlohmann::json;

json describe(const SavedModel& model) {
  json config = config_to_json(model.config);
  if (model.end_token >= 0) config["bos_token_id"] = config["eos_token_id"] = model.end_token;
  config["sgtm"].update({{"strategy", model.strategy},
                         {"forget_heads", model.split.forget_heads},
                         {"forget_units", model.split.forget_units},
                         {"masked_blocks", model.split.masked_blocks},
                         {"mask_embeddings", model.split.mask_embeddings},
                         {"mask_joint", model.split.mask_joint},
                         {"state", model.state},
                         {"tokenizer", model.tokenizer},
                         {"data", model.data},
                         {"version", version()}});
  return config;
}

json read_config(const fs::path& file, const SafetensorsFile& tensors) {
  const auto text = tensors.metadata().find("config");
  const fs::path beside = file.parent_path() / "config.json";
  if (text == tensors.metadata().end() && !fs::exists(beside))
    throw Error(
        fmt::format("{}: has no configuration, neither in its metadata nor in a config.json beside it. Is it a model?",
                    file.string()));
  json config = json::parse(text == tensors.metadata().end() ? read_file(beside) : text->second, nullptr, false);
  if (!config.is_object())
    throw Error(fmt::format("{}: its configuration is not a JSON object. The file is damaged.", file.string()));
  return config;
}

}  // namespace

void write_model(const fs::path& folder, const SavedModel& model) {
  make_folder(folder);
  const json config = describe(model);
  const Layout layout = model.layout();
  SafetensorsWriter writer(folder / "model.safetensors", (1u << 13) + 192 * layout.tensors().size());
  write_tensors(writer, layout, model.parameters);
  writer.commit({{"format", "pt"}, {"config", config.dump()}});
  write_file(folder / "config.json", config.dump(2) + "\n");
}

fs::path model_file(const fs::path& path) {
  if (!fs::exists(path))
    throw Error(fmt::format("{}: there is no such file or folder. Name a run directory or a .safetensors file.",
                            path.string()));
  fs::path file = fs::is_directory(path) ? path / "model.safetensors" : path;
  if (!fs::exists(file))
    throw Error(
        fmt::format("{}: holds no model.safetensors. Name a run directory that has finished, or a .safetensors file.",
                    path.string()));
  return file;
}

SavedModel read_model(const fs::path& path) {
  const fs::path file = model_file(path);
  const SafetensorsFile tensors(file);
  const json config = read_config(file, tensors);
  SavedModel model;
  model.config = config_from_json(config, file.string());
  const json own = config.value("sgtm", json::object());
  try {
    model.strategy = own.value("strategy", "none");
    model.split.forget_heads = own.value("forget_heads", Index(0));
    model.split.forget_units = own.value("forget_units", Index(0));
    model.split.masked_blocks = own.value("masked_blocks", std::vector<Index>());
    model.split.mask_embeddings = own.value("mask_embeddings", false);
    model.split.mask_joint = own.value("mask_joint", false);
    model.state = own.value("state", "trained");
    model.tokenizer = own.value("tokenizer", "");
    model.data = own.value("data", "");
    model.end_token = config.value("eos_token_id", Index(-1));
  } catch (const json::exception&) {
    throw Error(
        fmt::format("{}: the sgtm part of its configuration is damaged. Train the model again.", file.string()));
  }
  check(model.split, model.config);
  strategy_named(model.strategy);
  model.parameters = read_tensors<float>(tensors, model.layout());
  return model;
}

}  // namespace sgtm
