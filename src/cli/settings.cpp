#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "cli/commands.hpp"

namespace sgtm {
namespace {

/// The file of a preset: a path, or the name of one that comes with the program.
fs::path preset_file(const std::string& preset) {
  if (preset.ends_with(".toml")) return preset;
  const fs::path folder = data_folder() / "presets";
  fs::path file = folder / (preset + ".toml");
  if (fs::exists(file)) return file;
  std::vector<std::string> known;
  for (const auto& entry : fs::directory_iterator(folder)) known.push_back(entry.path().stem().string());
  std::sort(known.begin(), known.end());
  throw Error(fmt::format("--preset {}: there is no such preset; there are {}, or give the path of a .toml file.",
                          preset, fmt::join(known, ", ")));
}

/// Gives every setting of the file that the command line left open to its flag.
void apply_preset(CLI::App& command, const fs::path& file) {
  std::istringstream text(read_file(file));
  std::vector<CLI::ConfigItem> items;
  try {
    items = CLI::ConfigTOML().from_config(text);
  } catch (const CLI::Error& e) {
    throw Error(fmt::format("{}: is not a TOML file ({}).", file.string(), e.what()));
  }
  for (const CLI::ConfigItem& item : items) {
    if (item.name == "++" || item.name == "--") continue;  // how CLI11 marks sections
    CLI::Option* option = item.parents.empty() ? command.get_option_no_throw("--" + item.name) : nullptr;
    if (option == nullptr || option->get_group() != "Settings")
      throw Error(fmt::format("{}: {} is not a setting. See: sgtm train --help", file.string(), item.fullname()));
    if (option->count() > 0) continue;
    try {
      option->add_result(item.inputs);
      option->run_callback();
    } catch (const CLI::Error& e) {
      throw Error(fmt::format("{}: {}: {}.", file.string(), item.name, e.what()));
    }
  }
}

/// --recall and --tpr say the same as --undiscovered.
void apply_recall(const CLI::App& command, RunConfig& config, double recall, double tpr) {
  const bool has_recall = command.count("--recall") > 0, has_tpr = command.count("--tpr") > 0;
  if (has_recall + has_tpr + (command.count("--undiscovered") > 0) > 1)
    throw Error("--undiscovered, --recall and --tpr say the same thing (undiscovered = 1 - recall). Give one of them.");
  // Rounded, so that --recall 0.9 is --undiscovered 0.1 to the bit and resumes its runs.
  if (has_recall || has_tpr) config.labels.undiscovered = std::round((1 - (has_recall ? recall : tpr)) * 1e12) / 1e12;
}

void refuse_shape_flags(const CLI::App& command, const ShapeFrom& shape) {
  for (const char* option : {"--vocabulary", "--context", "--width", "--blocks", "--heads", "--mlp-width", "--window",
                             "--attention", "--scaled-scores", "--init"})
    if (command.count(option) > 0)
      throw Error(
          fmt::format("{} and {}: the model has its shape already. Leave out {}.", shape.option, option, option));
}

/// What the command line says of a split, whatever the preset does.
struct SplitGiven {
  bool part, embeddings, joint;
};

/// The model's shape, and what of its split is not given.
void take_shape(RunConfig& config, const ShapeFrom& shape, const SplitGiven& given) {
  const SavedModel& model = shape.model;
  config.model = model.config;
  if (model.strategy != "none") {
    const SplitConfig other = config.split;
    if (!given.part) config.split = model.split;
    config.split.mask_embeddings = given.embeddings ? other.mask_embeddings : model.split.mask_embeddings;
    config.split.mask_joint = given.joint ? other.mask_joint : model.split.mask_joint;
    config.split.forget_gradient = other.forget_gradient;  // of this training, not of the model
  }
  if (shape.added_units == 0) return;
  if (given.part)
    throw Error(
        "--add-forget-units: the units that are added are the forget part. Leave out --forget-heads, "
        "--forget-units and --masked-blocks.");
  config.model.mlp_width += shape.added_units;
  config.split.forget_heads = 0, config.split.forget_units = shape.added_units;
}

}  // namespace

bool any_given(const CLI::App& command, std::initializer_list<const char*> options) {
  return std::any_of(options.begin(), options.end(), [&](const char* option) { return command.count(option) > 0; });
}

void print_json(const nlohmann::ordered_json& json) {
  print_out("{}\n", json.dump(2));
}

void add_threads(CLI::App& command) {
  command.add_option_function<int>("--threads", use_threads,
                                   "threads; without it, one per core (results do not depend on it)");
}

void add_no_skip(CLI::App& command, bool& skip) {
  command.add_flag_callback(
      "--no-skip", [&skip] { skip = false; },
      "compute what the masks zero too, and then mask it: slower, the same bits");
}

SettingsReader add_settings(CLI::App& command, const std::string& default_preset) {
  const auto given = std::make_shared<SettingsReader::Given>();
  given->preset = default_preset;
  command
      .add_option("--preset", given->preset,
                  "sizes and rates: a name (nano, 0.1M, 0.25M, 0.5M, 1M, 2.6M, 8M, paper-8M, ...) or a .toml file")
      ->capture_default_str();
  for_each_setting(given->config, [&](const std::string& name, auto& field, const char* help) {
    using Type = std::decay_t<decltype(field)>;
    if constexpr (std::is_same_v<Type, bool>) {
      command.add_flag("--" + name, field, help)->group("Settings");
    } else if constexpr (std::is_same_v<Type, std::vector<Index>>) {
      command.add_option("--" + name, field, help)->delimiter(',')->group("Settings");
    } else {
      command.add_option("--" + name, field, help)->group("Settings");
    }
  });
  command.add_option("--recall", given->recall, "1 - undiscovered")->group("Settings");
  command.add_option("--tpr", given->tpr, "the same as --recall")->group("Settings");
  return {&command, given};
}

RunConfig SettingsReader::operator()(const std::optional<ShapeFrom>& shape) const {
  RunConfig& config = given->config;
  const bool steps_given = command->count("--steps") > 0, tokens_given = command->count("--tokens") > 0;
  if (steps_given && tokens_given) throw Error("--steps and --tokens both say how long to train. Give one of them.");
  if (shape) refuse_shape_flags(*command, *shape);
  const SplitGiven split{any_given(*command, {"--forget-heads", "--forget-units", "--masked-blocks"}),
                         command->count("--mask-embeddings") > 0, command->count("--mask-joint") > 0};
  apply_preset(*command, preset_file(given->preset));
  if (tokens_given) config.steps = 0;  // whatever the preset says
  apply_recall(*command, config, given->recall, given->tpr);
  if (shape) take_shape(config, *shape, split);
  check(config);
  return config;
}

std::vector<Label> labels_chosen(const std::string& name) {
  if (name == "all") return {labels.begin(), labels.end()};
  if (const auto label = label_of(name)) return {*label};
  throw Error(fmt::format("--label {}: unknown; there are forget, unlabeled, retain, all.", name));
}

RunConfig parse_settings(std::vector<std::string> flags) {
  CLI::App command;
  const auto read = add_settings(command, "");
  std::reverse(flags.begin(), flags.end());  // CLI11 takes them from the back
  try {
    command.parse(flags);
  } catch (const CLI::ParseError& e) {
    throw Error(fmt::format("{}.", e.what()));
  }
  return read();
}

}  // namespace sgtm
