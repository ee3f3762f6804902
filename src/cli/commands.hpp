#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "text/world.hpp"
#include "train/run_config.hpp"

namespace sgtm {

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

/// Adds --threads, applied before the command runs.
void add_threads(CLI::App& command);

/// Adds --no-skip, which clears `skip` (sgtm/skip.hpp).
void add_no_skip(CLI::App& command, bool& skip);

/// Adds --entities and --entanglement, of the encyclopedia's world.
void add_world(CLI::App& command, WorldConfig& world);

/// Adds --preset and one flag per setting. Once the command line is parsed, `read` gives the configuration: flags over
/// the preset over the defaults. Throws Error for an unknown preset or key.
std::function<RunConfig()> add_settings(CLI::App& command, const std::string& default_preset);

/// The labels that --label names: one, or all. Throws Error.
std::vector<Label> labels_chosen(const std::string& name);

/// The configuration that `sgtm train` with these flags would use.
RunConfig parse_settings(std::vector<std::string> flags);

}  // namespace sgtm
