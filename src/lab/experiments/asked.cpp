#include "lab/experiments/asked.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/json.hpp"

namespace sgtm {
namespace {

using nlohmann::ordered_json;

constexpr const char* asked_file = "experiments.json";
constexpr std::uint64_t most_seeds = 1000;  // as many as the command line takes

/// What has been asked for in a folder of runs: experiment, size, seeds, quick.
ordered_json asked_for(const Folders& folders) {
  const fs::path path = folders.runs / asked_file;
  if (!fs::exists(path)) return ordered_json::array();
  static const ordered_json entry{{"experiment", "text"}, {"size", "text"}, {"seeds", "whole"}, {"quick", "flag"}};
  return read_json(
      path, ordered_json::array({entry}),
      "Remove it, and repeat the experiments that a report shall tell of; what has finished is not run again.");
}

Asked all_of(const Experiment& experiment, const std::vector<Sizing>& sizings, const Folders& folders,
             const Presets& preset) {
  Asked all;
  std::vector<PlannedRun> table;
  for (const Sizing& sizing : sizings) {
    const auto runs = experiment.runs(sizing);
    table.insert(table.end(), runs.begin(), runs.end());
    all.commands.push_back(command_of(experiment, sizing));
  }
  all.runs = place(table, preset, folders);
  return all;
}

}  // namespace

std::string command_of(const Experiment& experiment, const Sizing& sizing) {
  std::string command = fmt::format("sgtm experiment run {}", experiment.name);
  if (sizing.size != experiment.size) command += " --size " + sizing.size;
  if (sizing.seeds != experiment.seeds) command += fmt::format(" --seeds {}", sizing.seeds);
  return sizing.quick ? command + " --quick" : command;
}

void remember(const std::string& experiment, const Sizing& sizing, const Folders& folders) {
  make_folder(folders.runs);
  const FolderLock lock(folders.runs, FolderLock::IfHeld::wait);
  ordered_json asked = asked_for(folders);
  const ordered_json entry{
      {"experiment", experiment}, {"size", sizing.size}, {"seeds", sizing.seeds}, {"quick", sizing.quick}};
  if (std::find(asked.begin(), asked.end(), entry) != asked.end()) return;
  asked.push_back(entry);
  write_file(folders.runs / asked_file, asked.dump(2) + "\n");
}

Asked everything_asked_of(const Experiment& experiment, const Folders& folders, const Presets& preset, bool or_usual) {
  std::vector<Sizing> whole, quick;
  for (const auto& entry : asked_for(folders)) {
    if (entry.at("experiment") != experiment.name) continue;
    const int seeds = static_cast<int>(std::min(entry.at("seeds").get<std::uint64_t>(), most_seeds));
    const Sizing sizing{entry.at("size"), seeds, entry.at("quick"), preset};
    (sizing.quick ? quick : whole).push_back(sizing);
  }
  if (whole.empty() && quick.empty() && or_usual) whole.push_back({experiment.size, experiment.seeds, false, preset});
  const Asked asked = all_of(experiment, whole, folders, preset);
  const bool some_done =
      std::any_of(asked.runs.begin(), asked.runs.end(), [](const PlacedRun& run) { return !result_path(run).empty(); });
  return some_done || quick.empty() ? asked : all_of(experiment, quick, folders, preset);
}

}  // namespace sgtm
