#include "lab/tables/run_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/folder.hpp"
#include "core/hash.hpp"
#include "core/machine.hpp"
#include "core/say.hpp"
#include "lab/runs/run.hpp"
#include "text/data_facts.hpp"
#include "text/strings.hpp"

namespace sgtm {
namespace {

using nlohmann::ordered_json;

/// What differs from the program's own defaults, as flags.
std::string text_of(const RunConfig& config) {
  return fmt::format("{}", fmt::join(flags_between(RunConfig{}, config), " "));
}

/// The hash of all that a result depends on. Only what differs from the program's own defaults counts, so that a new
/// setting leaves old names as they are.
std::string run_name(const RunConfig& config, const std::string& data_facts) {
  return hash_of(fmt::format("{}{}{}", text_of(config), data_facts, numerics_version));
}

/// A data set's folder, and what its data.json says.
struct PreparedData {
  fs::path folder;
  std::string facts;
};

/// What a run goes on from: the name of the other run, and what its model gets.
std::string text_of_start(const PlannedRun& plan, const std::string& name) {
  return plan.from ? fmt::format(" from {} with {} units more", name, plan.add_forget_units) : "";
}

/// A run's place; `preset` is what its size means.
PlacedRun placed(const PlannedRun& plan, RunConfig preset, const PreparedData& data, const Folders& folders) {
  std::string start, arguments;
  fs::path from;
  if (plan.from) {
    from = folders.runs / run_name(plan.from->config, data.facts);
    start = text_of_start(plan, from.filename().string());
    arguments = fmt::format(" --from {} --add-forget-units {}", shell_quoted(from.string()), plan.add_forget_units);
    // Which these options say:
    preset.model = plan.config.model;
    preset.split.forget_heads = plan.config.split.forget_heads;
    preset.split.forget_units = plan.config.split.forget_units;
  }
  const std::string name = run_name(plan.config, data.facts + start);
  const fs::path folder = folders.runs / name;
  const fs::path kept = folders.results.empty() ? fs::path() : folders.results / (name + ".json");
  const double parameters = static_cast<double>(Layout(plan.config.model).parameters());
  return {plan,
          folder,
          kept,
          train_arguments(plan.config, plan.size, preset, data.folder, folder) + arguments,
          6e-9 * work_of(plan.config) * parameters,
          from};
}

/// What is known by this name, made when it is first asked for.
template <class Known, class Make>
const Known& once(std::map<std::string, Known>& known, const std::string& name, const Make& make) {
  const auto at = known.find(name);
  return at != known.end() ? at->second : known.emplace(name, make()).first->second;
}

}  // namespace

double trained_tokens(const RunConfig& config) {
  if (config.filter == "none" || config.refill) return config.tokens;
  return config.tokens * (1 - (1 - config.labels.undiscovered + config.labels.false_positive_rate.value_or(0)) / 2);
}

double work_of(const RunConfig& config) {
  constexpr double forward = 1 / 2.4;  // of a training step's time
  const double document = static_cast<double>(config.model.context) / 2;
  const double calibrations =
      1 + (config.evaluate_every > 0 && config.evaluate_every < 1 ? 1 / config.evaluate_every : 0);
  const auto tokens = [&](Index steps, Index documents) { return static_cast<double>(steps * documents) * document; };
  return trained_tokens(config) +
         calibrations * forward * 3 * tokens(config.calibration_steps, config.calibration_documents) +
         2 * tokens(config.relearning.steps, config.relearning.documents);
}

std::string identity_of(const PlannedRun& run) {
  const std::string own = text_of(run.config) + " " + name_of(run.data);
  return run.from ? own + text_of_start(run, identity_of(*run.from)) : own;
}

std::vector<PlannedRun> distinct(const std::vector<PlannedRun>& table) {
  std::vector<PlannedRun> different;
  std::set<std::string> seen;
  for (const PlannedRun& run : table)
    if (seen.insert(identity_of(run)).second) different.push_back(run);
  return different;
}

std::vector<PlacedRun> place(const std::vector<PlannedRun>& table, const Presets& preset, const Folders& folders) {
  check_place(folders.runs, "table of runs");
  if (!folders.results.empty()) check_place(folders.results, "set of results");
  std::map<std::string, RunConfig> presets;
  std::map<std::string, PreparedData> data_sets;
  const auto place_one = [&](const PlannedRun& plan) {
    const std::string data_name = name_of(plan.data);
    const PreparedData& data = once(data_sets, data_name, [&] {
      const fs::path folder = prepared(plan.data, folders.runs);
      read_facts(folder);  // throws where they are damaged
      auto facts = read_json(folder / "data.json");
      facts.erase("digest");  // which data sets of earlier versions have not
      return PreparedData{folder, facts.dump(2) + "\n"};
    });
    return placed(plan, once(presets, plan.size, [&] { return preset(plan.size); }), data, folders);
  };
  std::vector<PlacedRun> own, all;
  std::set<fs::path> own_folders;
  for (const PlannedRun& plan : table) own_folders.insert(own.emplace_back(place_one(plan)).folder);
  std::set<std::string> seen;
  const auto add = [&](PlacedRun run) {
    if (seen.insert(run.folder.string() + run.plan.size + run.plan.method).second) all.push_back(std::move(run));
  };
  for (PlacedRun& run : own) {
    if (run.plan.from && !own_folders.contains(run.from)) add(place_one(*run.plan.from));
    add(std::move(run));
  }
  return all;
}

fs::path result_path(const PlacedRun& run) {
  for (const fs::path& path : {run.folder / "result.json", run.kept})
    if (!path.empty() && fs::exists(path)) return path;
  return {};
}

bool has_model(const fs::path& folder) {
  return fs::exists(folder / "result.json") && fs::exists(folder / "model.safetensors");
}

std::vector<const PlacedRun*> runs_to_make(const std::vector<PlacedRun>& table,
                                           const std::function<bool(const PlacedRun&)>& is_done) {
  std::set<fs::path> seen, open, starts;
  for (const bool goes_on : {true, false})
    for (const PlacedRun& run : table) {
      if (run.from.empty() == goes_on || !seen.insert(run.folder).second) continue;
      if (is_done(run) && (!starts.contains(run.folder) || has_model(run.folder))) continue;
      open.insert(run.folder);
      if (goes_on) starts.insert(run.from);
    }
  std::vector<const PlacedRun*> list;
  for (const PlacedRun& run : table)
    if (open.erase(run.folder) > 0) list.push_back(&run);
  return list;
}

std::optional<RunResult> result_of(const PlacedRun& run) {
  const fs::path path = result_path(run);
  if (path.empty()) return std::nullopt;
  const RunResult result = read_result(path);
  for (const char* source : {"retain", "forget"})
    if (!result.losses.at("trained").contains(source) || !result.tokens.contains(source))
      throw Damaged(fmt::format("{}: tells nothing of {}, which every run of a table has.", path.string(), source));
  if (result.numerics != numerics_version)
    throw Error(fmt::format("{}: was made by a version that computes otherwise (numerics {}, not {}).", path.string(),
                            result.numerics, numerics_version));
  constexpr double rounding = 1e-12;  // 1 - 0.8 was written where 0.2 is planned now
  if (const std::string other = other_setting(result.settings, run.plan.config, rounding); !other.empty())
    throw Error(fmt::format("{}: is of a run with other settings ({}). Move it elsewhere.", path.string(), other));
  return result;
}

void keep(const PlacedRun& run, const RunResult& result) {
  if (run.kept.empty() || fs::exists(run.kept)) return;
  make_folder(run.kept.parent_path());
  const FolderLock lock(run.kept.parent_path(), FolderLock::IfHeld::wait);
  write_file(run.kept, to_json(result).dump() + "\n");
}

std::vector<Finished> finished(const std::vector<PlacedRun>& runs) {
  std::vector<Finished> done;
  bool can_keep = true;
  for (const PlacedRun& run : runs)
    if (auto result = result_of(run)) {
      try {
        if (can_keep) keep(run, *result);
      } catch (const Error& e) {
        can_keep = false;
        say("{}", e.what());
      }
      done.push_back({run.plan, *std::move(result)});
    }
  return done;
}

}  // namespace sgtm
