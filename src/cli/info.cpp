#include "cli/commands.hpp"
#include "core/json.hpp"
#include "core/safetensors.hpp"
#include "lab/runs/run_result.hpp"
#include "text/data_facts.hpp"
#include "text/pretokenizer.hpp"
#include "train/labels.hpp"

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
  if (file.has("transformer.wte.weight") || file.has("wte.weight")) return describe_model(path);
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
  if (kind == "data set") {
    read_facts(path);  // throws where they are damaged
    return {{"what", kind}, {"facts", read_json(path / "data.json")}};
  }
  if (is_finished_run(path))
    return {{"what", "finished run"},
            {"model", describe_model(path)},
            {"result", to_json(read_result(path / "result.json"))}};
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

/// A few training documents of each source and label, from all over their file.
void print_documents(const fs::path& folder, Index most) {
  const Dataset data = read_dataset(folder);
  const Tokenizer tokenizer = Tokenizer::read(folder);
  const auto print = [&](const TokenFile& file, const std::vector<Index>& chosen, const std::string& title) {
    const auto count = static_cast<Index>(chosen.size());
    print_out("\n{}: {} documents\n", title, count);
    for (Index i = 0; i < std::min(most, count); ++i) {
      const Index document = chosen[static_cast<std::size_t>(i * count / std::min(most, count))];
      std::vector<int> tokens;
      file.append(document, tokenizer.size(), tokens);
      tokens.pop_back();
      print_out("  {}: {}\n", document, readable(tokenizer.decode(tokens)));
    }
  };
  for (const Source source : training_sources) {
    const TokenFile* file = data.training(source);
    if (file == nullptr) continue;
    if (file->labels().empty())
      print(*file, all_documents(file->documents()), name(source));
    else
      for (const Label label : labels)
        print(*file, documents_labeled(label, file->labels()), fmt::format("{} labeled {}", name(source), name(label)));
  }
}

}  // namespace

void add_info(CLI::App& program) {
  struct Options {
    fs::path path;
    bool json = false;
    Index documents = 0;
  };
  const auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("info", "describe any file or folder that this program writes");
  command->add_option("path", o->path, "run, data set, model, tokenizer, .safetensors or .json")->required();
  command->add_flag("--json", o->json, "print JSON");
  command
      ->add_option("--documents", o->documents,
                   "of a data set: print so many training documents of each source and label")
      ->check(at_least(0));
  command->footer("Examples:\n  sgtm info runs/a\n  sgtm info data/mine --documents 10");
  command->callback([o] {
    const ordered_json json = describe(o->path);
    if (o->documents > 0 && (json["what"] != "data set" || o->json))
      throw Error(fmt::format("--documents prints documents of a data set, as text. {}.",
                              o->json ? "Leave out --json" : "Name the folder of one"));
    if (o->json) return print_json(json);
    print_lines(json, 0);
    if (o->documents > 0) print_documents(o->path, o->documents);
    if (is_finished_run(o->path))
      print_out("\n{}", text_table(loss_rows({{"", read_result(o->path / "result.json")}})));
  });
}

}  // namespace sgtm
