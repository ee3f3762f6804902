#include "lab/runs/saved_model.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/error.hpp"
#include "core/folder.hpp"
#include "core/machine.hpp"
#include "core/record.hpp"
#include "model/model_files.hpp"
#include "text/tokenizer.hpp"
#include "text/tokenizer_files.hpp"

namespace sgtm {

/// The sgtm part of its configuration; a GPT-Neo of others has none.
template <Is<SavedModel> R>
void for_each_part(R& model, auto visit) {
  visit("strategy?", model.strategy), visit("forget_heads?", model.split.forget_heads);
  visit("forget_units?", model.split.forget_units), visit("masked_blocks?", model.split.masked_blocks);
  visit("mask_embeddings?", model.split.mask_embeddings), visit("mask_joint?", model.split.mask_joint);
  visit("state?", model.state), visit("tokenizer?", model.tokenizer), visit("data?", model.data);
  visit("data_digest?", model.data_digest);
}

namespace {

using nlohmann::json;

json describe(const SavedModel& model) {
  json config = config_to_json(model.config);
  if (model.end_token >= 0) config["bos_token_id"] = config["eos_token_id"] = model.end_token;
  config["sgtm"].update(json(json_of(model)));
  config["sgtm"]["version"] = version();
  return config;
}

json read_config(const ModelFiles& tensors) {
  const fs::path& file = tensors.path();
  const auto text = tensors.metadata().find("config");
  const fs::path beside = file.parent_path() / "config.json";
  if (text == tensors.metadata().end() && !fs::exists(beside))
    throw Error(
        fmt::format("{}: has no configuration, neither in its metadata nor in a config.json beside it. Is it a model?",
                    file.string()));
  const bool inside = text != tensors.metadata().end();
  json config = parse_json<json>(inside ? text->second : read_file(beside), inside ? file.string() : beside.string());
  if (!config.is_object())
    throw Error(fmt::format("{}: its configuration is not a JSON object. The file is damaged.", file.string()));
  return config;
}

}  // namespace

void write_model(const fs::path& folder, const SavedModel& model) {
  if (!model.parameters.isFinite().all())
    throw Error(
        fmt::format("{}: the model has numbers that are not finite, so it is not written. Choose smaller rates "
                    "or weights.",
                    folder.string()));
  make_folder(folder);
  const json config = describe(model);
  const std::string text = json(config.dump()).dump();  // as the header holds it
  const Layout layout = model.layout();
  SafetensorsWriter writer(folder / "model.safetensors",
                           (1u << 13) + 192 * layout.tensors().size() + (text.size() > 4096 ? text.size() : 0));
  write_tensors(writer, layout, model.parameters);
  writer.commit({{"format", "pt"}, {"config", config.dump()}});
  write_file(folder / "config.json", config.dump(2) + "\n");
}

SavedModel read_model(const fs::path& path) {
  const ModelFiles tensors(path);
  const fs::path& file = tensors.path();
  const json config = read_config(tensors);
  SavedModel model;
  model.config = config_from_json(config, file.string());
  model.split.forget_heads = model.split.forget_units = 0;
  try {
    if (config.contains("sgtm")) read_part(nlohmann::ordered_json(config["sgtm"]), model);
  } catch (const Misfit& misfit) {
    throw Error(fmt::format("{}: the sgtm part of its configuration is damaged ({}). Train the model again.",
                            file.string(), misfit.where));
  }
  const json end = config.value("eos_token_id", json());  // some configurations name one that is not there
  if (end.is_number_unsigned() && end.get<std::uint64_t>() < static_cast<std::uint64_t>(model.config.vocabulary))
    model.end_token = end.get<Index>();
  check(model.split, model.config);
  strategy_named(model.strategy);
  // Before anything of the size that it claims is made.
  const double held = tensors.numbers();
  if (parameter_count(model.config) > held + static_cast<double>(model.config.vocabulary))  // it may lack a bias
    throw Error(
        fmt::format("{}: holds {:.0f} numbers, but a model of its configuration has {:.0f} parameters. Is it the "
                    "right file?",
                    file.string(), held, parameter_count(model.config)));
  model.parameters = tensors.read(model.layout());
  return model;
}

std::string tokenizer_of(const SavedModel& model, const fs::path& folder) {
  if (!model.tokenizer.empty() || !has_tokenizer(folder)) return model.tokenizer;
  return fmt::format("{:016x}", Tokenizer::read(folder).fingerprint());
}

}  // namespace sgtm
