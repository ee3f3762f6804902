#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/folder.hpp"
#include "core/machine.hpp"
#include "core/say.hpp"
#include "lab/report/table.hpp"
#include "lab/runs/saved_model.hpp"
#include "text/dataset.hpp"
#include "text/tokenizer.hpp"
#include "text/world.hpp"
#include "train/run_config.hpp"

// What every command needs, included once.

namespace sgtm {

/// All commands: finds and runs the one that is asked for. Returns the exit code; mistakes are thrown.
int run_program(int argc, char** argv);

/// Each adds one subcommand to the program. A command does its work in the callback and throws Error.
void add_stories(CLI::App& program);
void add_encyclopedia(CLI::App& program);
void add_prepare(CLI::App& program);
void add_masks(CLI::App& program);
void add_trace(CLI::App& program);
void add_train(CLI::App& program);
void add_ablate(CLI::App& program);
void add_calibrate(CLI::App& program);
void add_eval(CLI::App& program);
void add_sample(CLI::App& program);
void add_info(CLI::App& program);
void add_demo(CLI::App& program);
void add_demo_fields(CLI::App& program);
void add_verify(CLI::App& program);
void add_bench(CLI::App& program);
void add_experiment(CLI::App& program);

/// Gives every option of the program and its commands that takes a number a check: the text is a number of its type,
/// finite, and not beyond what anything here can mean.
void check_numbers(CLI::App& program);

/// Further checks, for single options.
CLI::Validator at_least(double least);
CLI::Validator between(double least, double most);

/// The option names a file with this ending, so that a model or a data set is not overwritten by a picture.
CLI::Validator ends_with(const std::string& ending);

/// Prints what --json asks for.
void print_json(const nlohmann::ordered_json& json);

/// Adds --threads, applied before the command runs.
void add_threads(CLI::App& command);

/// Adds --no-skip, which clears `skip` (sgtm/skip.hpp).
void add_no_skip(CLI::App& command, bool& skip);

/// Adds --entities and --entanglement, of the encyclopedia's world.
void add_world(CLI::App& command, WorldConfig& world);

/// Whether the command line has one of these options. Asked before a preset adds its own.
bool any_given(const CLI::App& command, std::initializer_list<const char*> options);

/// A model that gives its shape to a run, what names it ("--from"), and how many forget units it gets in addition.
struct ShapeFrom {
  const SavedModel& model;
  const char* option;
  Index added_units = 0;
};

/// Once the command line is parsed, gives the configuration: flags over the preset over the defaults. Throws Error for
/// an unknown preset or key, and for flags of the shape where a model gives it.
struct SettingsReader {
  struct Given {
    RunConfig config;
    std::string preset;
    double recall = 1, tpr = 1;
  };
  CLI::App* command;
  std::shared_ptr<Given> given;
  /// With a model's shape, and its split if it has one and no flag says another.
  RunConfig operator()(const std::optional<ShapeFrom>& shape = {}) const;
};

/// Adds --preset and one flag per setting.
SettingsReader add_settings(CLI::App& command, const std::string& default_preset);

/// The own data set of the model at `path`, or the one that --data names. Throws Error where it was made with another
/// tokenizer than the model's, or does not fit it.
Dataset data_for(const SavedModel& model, const fs::path& path, const fs::path& chosen);

/// The tokenizer that lies beside a model, or in the folder that --tokenizer names.
Tokenizer tokenizer_for(const SavedModel& model, const fs::path& path, const fs::path& chosen);

/// Where a command that makes a model from `path` writes: `chosen`, or PATH/NAME. Throws Error where that holds a
/// model.
fs::path output_for(const fs::path& path, const std::string& name, const fs::path& chosen, bool overwrite);

/// Writes the model, and beside it the tokenizer that lies beside `path`, if any.
void write_derived(const fs::path& folder, const SavedModel& model, const fs::path& path);

/// The labels that --label names: one, or all. Throws Error.
std::vector<Label> labels_chosen(const std::string& name);

/// The configuration that `sgtm train` with these flags would use.
RunConfig parse_settings(std::vector<std::string> flags);

}  // namespace sgtm
