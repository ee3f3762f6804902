#include "experiments/run_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/interrupt.hpp"
#include "core/machine.hpp"
#include "core/progress.hpp"
#include "experiments/methods.hpp"

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

/// A run as a process. Its output goes to train.log in its folder.
pid_t start(const PlacedRun& run, int threads) {
  make_folder(run.folder);
  const std::string command = fmt::format("exec '{}'{} --threads {} >'{}' 2>&1", this_program().string(),
                                          run.command.substr(4), threads, (run.folder / "train.log").string());
  const pid_t child = ::fork();
  if (child == 0) {
    ::setpgid(0, 0);  // so that Ctrl-C reaches us alone, and the runs once, from us
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(127);
  }
  if (child < 0) throw Error("no further process can be started. Close some programs, or give a smaller --jobs.");
  return child;
}

/// Copies a result to where results are kept.
void keep(const PlacedRun& run, const ordered_json& result) {
  if (run.kept.empty() || fs::exists(run.kept)) return;
  make_folder(run.kept.parent_path());
  write_file(run.kept, result.dump() + "\n");
}

/// How far a run is: the share of its steps that the last progress line in its train.log tells ("step 30/200").
double share_done(const PlacedRun& run) {
  std::ifstream log(run.folder / "train.log");
  double step = 0, steps = 1;
  for (std::string line; std::getline(log, line);)
    if (line.starts_with("training:")) std::sscanf(line.c_str(), "%*[^s]step %lf/%lf", &step, &steps);
  return step / steps;
}

/// The share with which a run that was cut will go on.
double share_saved(const PlacedRun& run) {
  return fs::exists(run.folder / "checkpoint.safetensors") ? share_done(run) : 0;
}

/// Removes a result that can't be read, saying so: a copy that is kept may still do, or the run begins anew.
bool finished_or_cleared(const PlacedRun& run) {
  try {
    return result_of(run).has_value();
  } catch (const Error& e) {
    fmt::print(stderr, "sgtm: {} It is removed.\n", e.what());
    if (!fs::exists(run.folder / "result.json")) return fs::remove(run.kept), false;
    for (const char* file : {"settings.json", "checkpoint.safetensors", "result.json"}) fs::remove(run.folder / file);
    return finished_or_cleared(run);
  }
}

}  // namespace

double work_of(const RunConfig& config) {
  constexpr double forward = 1 / 2.4;  // of a training step, as docs/performance.md has it
  const double document = static_cast<double>(config.model.context) / 2;
  const double calibrations =
      1 + (config.evaluate_every > 0 && config.evaluate_every < 1 ? 1 / config.evaluate_every : 0);
  const auto tokens = [&](Index steps, Index documents) { return static_cast<double>(steps * documents) * document; };
  return config.tokens + calibrations * forward * 3 * tokens(config.calibration_steps, config.calibration_documents) +
         2 * tokens(config.relearning.steps, config.relearning.documents);
}

std::vector<PlacedRun> place(const std::vector<PlannedRun>& table, const Presets& preset, const Folders& folders) {
  std::vector<PlacedRun> placed;
  std::set<std::string> known;
  std::map<std::string, RunConfig> presets;
  std::map<fs::path, std::string> facts;  // data.json of each data set
  for (const PlannedRun& plan : table) {
    const fs::path data = prepared(plan.data, folders.runs);
    if (!facts.contains(data)) facts[data] = read_file(data / "data.json");
    if (!presets.contains(plan.size)) {
      presets[plan.size] = preset(plan.size);
      presets[plan.size].strategy.clear();  // so that the command names it
    }
    // Only what differs from the program's own defaults, so that a new setting leaves old names as they are.
    const auto settings = fmt::format("{}", fmt::join(flags_between(RunConfig{}, plan.config), " "));
    const std::string hash = hash_of(settings + facts[data] + std::to_string(numerics_version));
    if (!known.insert(hash + plan.size + plan.method).second) continue;
    const fs::path folder = folders.runs / hash;
    placed.push_back({plan, folder, folders.results.empty() ? fs::path() : folders.results / (hash + ".json"),
                      fmt::format("sgtm train --data '{}' --preset {} {} --out '{}'", data.string(), plan.size,
                                  fmt::join(flags_between(presets[plan.size], plan.config), " "), folder.string()),
                      6e-9 * work_of(plan.config) * static_cast<double>(Layout(plan.config.model).parameters())});
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
  std::vector<PlannedRun> all;
  std::set<std::string> whole;  // sizes that were asked for in earnest; a quick run must not be counted with those
  const ordered_json asked = asked_for(folders);
  for (const auto& entry : asked)
    if (entry.at("experiment") == experiment.name && !entry.at("quick")) whole.insert(entry.at("size"));
  for (const auto& entry : asked) {
    if (entry.at("experiment") != experiment.name || (entry.at("quick") && whole.contains(entry.at("size")))) continue;
    const auto table = experiment.runs({entry.at("size"), entry.at("seeds"), entry.at("quick"), preset});
    all.insert(all.end(), table.begin(), table.end());
  }
  return place(all, preset, folders);
}

std::optional<ordered_json> result_of(const PlacedRun& run) {
  fs::path path = run.folder / "result.json";
  if (!fs::exists(path)) path = run.kept;
  if (path.empty() || !fs::exists(path)) return std::nullopt;
  const ordered_json result = ordered_json::parse(read_file(path), nullptr, false);
  const bool whole = result.is_object() && result.contains("losses") && result.contains("tokens");
  if (!whole) throw Error(fmt::format("{}: is damaged. The command that made it makes it anew.", path.string()));
  if (result.value("numerics", 0) != numerics_version)
    throw Error(fmt::format("{}: was made by a version that computes otherwise (numerics {}, not {}). Move it away.",
                            path.string(), result.value("numerics", 0), numerics_version));
  return result;
}

std::vector<fs::path> execute(const std::vector<PlacedRun>& runs, int jobs) {
  std::vector<const PlacedRun*> waiting;
  std::set<fs::path> seen;
  double total = 0, done = 0;
  std::map<const PlacedRun*, double> before;  // shares done by runs that were cut: not this call's work
  for (const PlacedRun& run : runs)
    if (seen.insert(run.folder).second && !finished_or_cleared(run)) {
      waiting.push_back(&run);
      before[&run] = share_saved(run);
      total += (1 - before[&run]) * run.cost;
    }
  std::reverse(waiting.begin(), waiting.end());  // taken from the end
  const int threads = std::max(1, threads_in_use() / jobs);
  std::map<pid_t, const PlacedRun*> running;
  std::vector<fs::path> failed;
  Progress progress(fmt::format("{} runs, {} at a time", waiting.size(), jobs), "GFLOP", total);
  const CatchInterrupts catching;
  bool told_to_stop = false;
  while (!running.empty() || (!waiting.empty() && !interrupted())) {
    while (!interrupted() && !waiting.empty() && static_cast<int>(running.size()) < jobs) {
      running[start(*waiting.back(), threads)] = waiting.back();
      waiting.pop_back();
    }
    if (interrupted() && !std::exchange(told_to_stop, true))
      for (const auto& [child, run] : running) ::kill(child, SIGTERM);  // which saves and ends
    int status = 0;
    const pid_t child = ::waitpid(-1, &status, WNOHANG);
    if (child <= 0) {
      ::usleep(20000);
      if (progress.due()) {
        double under_way = done;
        for (const auto& [of, run] : running) under_way += std::max(0.0, share_done(*run) - before[run]) * run->cost;
        progress.update(under_way);
      }
      continue;
    }
    const PlacedRun& run = *running.at(child);
    running.erase(child);
    if (status != 0 && !interrupted()) failed.push_back(run.folder);
    if (const auto result = status == 0 ? result_of(run) : std::nullopt) keep(run, *result);
    progress.update(done += (1 - before[&run]) * run.cost);
  }
  if (interrupted()) throw Interrupted("stopped; what was running is saved. Repeat the command to go on.");
  return failed;
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
    if (!seen.insert(run.folder).second) continue;
    commands.push_back(run.command + " --threads 1");
    targets.push_back((run.folder / "result.json").string());
    rules += fmt::format("{}:\n\t{}\n", targets.back(), commands.back());
  }
  if (format == PlanFormat::lines) return fmt::format("{}\n", fmt::join(commands, "\n"));
  if (format == PlanFormat::make) return fmt::format("all: {}\n{}", fmt::join(targets, " "), rules);
  return fmt::format(
      "#!/bin/bash\n#SBATCH --job-name=sgtm-{}\n#SBATCH --array=1-{}\n#SBATCH --cpus-per-task=1\n"
      "#SBATCH --output=/dev/null\ncommands=$(cat <<'END'\n{}\nEND\n)\n"
      "eval \"$(sed -n \"${{SLURM_ARRAY_TASK_ID}}p\" <<<\"$commands\")\"\n",
      name, commands.size(), fmt::join(commands, "\n"));
}

}  // namespace sgtm
