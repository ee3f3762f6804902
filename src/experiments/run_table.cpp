#include "experiments/run_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/machine.hpp"
#include "runs/results.hpp"
#include "runs/run.hpp"

namespace sgtm {
namespace {

using nlohmann::ordered_json;

constexpr const char* asked_file = "experiments.json";

/// What has been asked for in a folder of runs: experiment, size, seeds, quick.
ordered_json asked_for(const Folders& folders) {
  const fs::path path = folders.runs / asked_file;
  if (!fs::exists(path)) return ordered_json::array();
  ordered_json asked = ordered_json::parse(read_file(path), nullptr, false);
  const auto whole = [](const ordered_json& entry) {
    return entry.is_object() && entry.contains("experiment") && entry["experiment"].is_string() &&
           entry.contains("size") && entry["size"].is_string() && entry.contains("seeds") &&
           entry["seeds"].is_number_integer() && entry.contains("quick") && entry["quick"].is_boolean();
  };
  if (!asked.is_array() || !std::all_of(asked.begin(), asked.end(), whole))
    throw Error(
        fmt::format("{}: is damaged. Remove it, and repeat the experiments that a report shall tell of; what "
                    "has finished is not run again.",
                    path.string()));
  return asked;
}

/// Where the run's result lies: in its folder, or else where results are kept. Empty: nowhere yet.
fs::path result_path(const PlacedRun& run) {
  for (const fs::path& path : {run.folder / "result.json", run.kept})
    if (!path.empty() && fs::exists(path)) return path;
  return {};
}

/// What differs from the program's own defaults, as flags.
std::string text_of(const RunConfig& config) {
  return fmt::format("{}", fmt::join(flags_between(RunConfig{}, config), " "));
}

/// The hash of all that a result depends on. Only what differs from the program's own defaults counts, so that a new
/// setting leaves old names as they are.
std::string run_name(const RunConfig& config, const std::string& data_facts) {
  return hash_of(fmt::format("{}{}{}", text_of(config), data_facts, numerics_version));
}

}  // namespace

double trained_tokens(const RunConfig& config) {
  if (config.filter == "none" || config.refill) return config.tokens;
  return config.tokens * (1 - (1 - config.labels.undiscovered + config.labels.false_positive_rate.value_or(0)) / 2);
}

double work_of(const RunConfig& config) {
  constexpr double forward = 1 / 2.4;  // of a training step, as docs/performance.md has it
  const double document = static_cast<double>(config.model.context) / 2;
  const double calibrations =
      1 + (config.evaluate_every > 0 && config.evaluate_every < 1 ? 1 / config.evaluate_every : 0);
  const auto tokens = [&](Index steps, Index documents) { return static_cast<double>(steps * documents) * document; };
  return trained_tokens(config) +
         calibrations * forward * 3 * tokens(config.calibration_steps, config.calibration_documents) +
         2 * tokens(config.relearning.steps, config.relearning.documents);
}

std::vector<PlannedRun> distinct(const std::vector<PlannedRun>& table) {
  std::vector<PlannedRun> once;
  std::set<std::string> seen;
  for (const PlannedRun& run : table)
    if (seen.insert(text_of(run.config) + " " + name_of(run.data)).second) once.push_back(run);
  return once;
}

std::vector<PlacedRun> place(const std::vector<PlannedRun>& table, const Presets& preset, const Folders& folders) {
  std::vector<PlacedRun> placed;
  std::set<std::string> seen;
  std::map<std::string, RunConfig> presets;
  std::map<std::string, std::pair<fs::path, std::string>> prepared_data;  // its folder, and data.json
  for (const PlannedRun& plan : table) {
    const auto [known, is_new] = prepared_data.try_emplace(name_of(plan.data));
    auto& [data, facts] = known->second;
    if (is_new) data = prepared(plan.data, folders.runs), facts = read_file(data / "data.json");
    if (!presets.contains(plan.size)) presets[plan.size] = preset(plan.size);
    const std::string hash = run_name(plan.config, facts);
    if (!seen.insert(hash + plan.size + plan.method).second) continue;
    const fs::path folder = folders.runs / hash;
    const fs::path kept = folders.results.empty() ? fs::path() : folders.results / (hash + ".json");
    const std::string arguments = train_arguments(plan.config, plan.size, presets[plan.size], data, folder);
    const double parameters = static_cast<double>(Layout(plan.config.model).parameters());
    placed.push_back({plan, folder, kept, arguments, 6e-9 * work_of(plan.config) * parameters});
  }
  return placed;
}

void remember(const std::string& experiment, const Sizing& sizing, const Folders& folders) {
  ordered_json asked = asked_for(folders);
  const ordered_json entry{
      {"experiment", experiment}, {"size", sizing.size}, {"seeds", sizing.seeds}, {"quick", sizing.quick}};
  if (std::find(asked.begin(), asked.end(), entry) != asked.end()) return;
  asked.push_back(entry);
  make_folder(folders.runs);
  write_file(folders.runs / asked_file, asked.dump(2) + "\n");
}

std::vector<PlacedRun> everything_asked_of(const Experiment& experiment, const Folders& folders,
                                           const Presets& preset) {
  std::vector<PlannedRun> whole, quick;
  for (const auto& entry : asked_for(folders)) {
    if (entry.at("experiment") != experiment.name) continue;
    const auto table = experiment.runs({entry.at("size"), entry.at("seeds"), entry.at("quick"), preset});
    std::vector<PlannedRun>& to = entry.at("quick") ? quick : whole;
    to.insert(to.end(), table.begin(), table.end());
  }
  const auto placed = place(whole, preset, folders);
  const bool some_done =
      std::any_of(placed.begin(), placed.end(), [](const PlacedRun& run) { return !result_path(run).empty(); });
  return some_done || quick.empty() ? placed : place(quick, preset, folders);
}

std::optional<ordered_json> result_of(const PlacedRun& run) {
  const fs::path path = result_path(run);
  if (path.empty()) return std::nullopt;
  const ordered_json result = ordered_json::parse(read_file(path), nullptr, false);
  if (!is_result(result)) throw Error(fmt::format("{}: is damaged. sgtm experiment run makes it anew.", path.string()));
  if (result.value("numerics", 0) != numerics_version)
    throw Error(fmt::format("{}: was made by a version that computes otherwise (numerics {}, not {}).", path.string(),
                            result.value("numerics", 0), numerics_version));
  return result;
}

void keep(const PlacedRun& run, const ordered_json& result) {
  if (run.kept.empty() || fs::exists(run.kept)) return;
  make_folder(run.kept.parent_path());
  write_file(run.kept, result.dump() + "\n");
}

std::vector<Finished> finished(const std::vector<PlacedRun>& runs) {
  std::vector<Finished> done;
  for (const PlacedRun& run : runs)
    if (auto result = result_of(run)) {
      keep(run, *result);
      done.push_back({run.plan, *std::move(result)});
    }
  return done;
}

std::string plan_text(const std::vector<PlacedRun>& runs, PlanFormat format, const std::string& name) {
  std::vector<std::string> commands, targets;
  std::set<fs::path> seen;
  std::string rules;
  for (const PlacedRun& run : runs) {
    const bool is_kept = !run.kept.empty() && fs::exists(run.kept);
    if (is_kept || !seen.insert(run.folder).second) continue;
    if (format == PlanFormat::make && run.arguments.find('\'') != std::string::npos)
      throw Error(fmt::format("--format make: {} has characters that make can't read in a name. Choose other --runs.",
                              run.folder.string()));
    commands.push_back(fmt::format("sgtm {} --threads 1", run.arguments));
    targets.push_back((run.folder / "result.json").string());
    rules += fmt::format("{}:\n\t{}\n", targets.back(), commands.back());
  }
  if (commands.empty()) throw Error(fmt::format("{0}: all of it has finished. See: sgtm experiment report {0}", name));
  if (format == PlanFormat::lines) return fmt::format("{}\n", fmt::join(commands, "\n"));
  if (format == PlanFormat::make) return fmt::format("all: {}\n{}", fmt::join(targets, " "), rules);
  return fmt::format(
      "#!/bin/bash\n#SBATCH --job-name=sgtm-{}\n#SBATCH --array=1-{}\n#SBATCH --cpus-per-task=1\n"
      "#SBATCH --output=/dev/null\ncommands=$(cat <<'END'\n{}\nEND\n)\n"
      "eval \"$(sed -n \"${{SLURM_ARRAY_TASK_ID}}p\" <<<\"$commands\")\"\n",
      name, commands.size(), fmt::join(commands, "\n"));
}

}  // namespace sgtm
