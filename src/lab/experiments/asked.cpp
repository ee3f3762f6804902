#include "lab/experiments/asked.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/record.hpp"

namespace sgtm {

/// An experiment that has been asked for.
struct AskedFor {
  std::string experiment, size;
  int seeds = 0;
  bool quick = false;
  bool operator==(const AskedFor&) const = default;
};

template <Is<AskedFor> R>
void for_each_part(R& of, auto visit) {
  visit("experiment", of.experiment), visit("size", of.size), visit("seeds", of.seeds), visit("quick", of.quick);
}

namespace {

constexpr const char* asked_file = "experiments.json";
constexpr int most_seeds = 1000;  // as many as the command line takes

/// All that has been asked for in a folder of runs.
std::vector<AskedFor> asked_for(const Folders& folders) {
  const fs::path path = folders.runs / asked_file;
  if (!fs::exists(path)) return {};
  return read_record<std::vector<AskedFor>>(
      path, "Remove it, and repeat the experiments that a report shall tell of; what has finished is not run again.");
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
  std::vector<AskedFor> asked = asked_for(folders);
  const AskedFor entry{experiment, sizing.size, sizing.seeds, sizing.quick};
  if (std::find(asked.begin(), asked.end(), entry) != asked.end()) return;
  asked.push_back(entry);
  write_file(folders.runs / asked_file, json_of(asked).dump(2) + "\n");
}

Asked everything_asked_of(const Experiment& experiment, const Folders& folders, const Presets& preset, bool or_usual) {
  std::vector<Sizing> whole, quick;
  for (const AskedFor& of : asked_for(folders))
    if (of.experiment == experiment.name)
      (of.quick ? quick : whole).push_back({of.size, std::min(of.seeds, most_seeds), of.quick, preset});
  if (whole.empty() && quick.empty() && or_usual) whole.push_back({experiment.size, experiment.seeds, false, preset});
  const Asked asked = all_of(experiment, whole, folders, preset);
  const bool some_done =
      std::any_of(asked.runs.begin(), asked.runs.end(), [](const PlacedRun& run) { return !result_path(run).empty(); });
  return some_done || quick.empty() ? asked : all_of(experiment, quick, folders, preset);
}

}  // namespace sgtm
