#pragma once

#include <fmt/format.h>

#include "core/machine.hpp"
#include "lab/tables/run_table.hpp"
#include "tests/support/temporary_folder.hpp"

/// A folder of runs with data that need not be made: of real text what is prepared is taken as it is.
struct RunsFolder {
  TemporaryFolder folder;
  sgtm::Folders folders{folder / "runs", {}};

  explicit RunsFolder(const std::string& name) : folder(name) { set_data(facts(1)); }
  void set_data(const std::string& facts) const { sgtm::write_file(folder / "runs/data/bible/data.json", facts); }
  /// What a data set's data.json says, made up.
  static std::string facts(int context) {
    return nlohmann::ordered_json{
               {"tokenizer", "x"}, {"context", context}, {"sources", nlohmann::ordered_json::object()}}
               .dump(2) +
           "\n";
  }

  static sgtm::PlannedRun plan(const sgtm::RunConfig& config = {}) {
    return {"tiny", "sgtm", 0.2, config, {sgtm::DataKind::bible}};
  }
  sgtm::PlacedRun placed(const sgtm::RunConfig& config = {}) const {
    return place(
               {plan(config)}, [](const std::string&) { return sgtm::RunConfig{}; }, folders)
        .front();
  }
};

/// A whole result of a run with these settings.
inline nlohmann::ordered_json whole_result(const sgtm::RunConfig& config) {
  const nlohmann::ordered_json losses{{"retain", 1.5}, {"adjacent", nullptr}, {"forget", 2.5}},
      counts{{"retain", {{"forget", 0}, {"unlabeled", 3}, {"retain", 4}}},
             {"forget", {{"forget", 1}, {"unlabeled", 2}, {"retain", 0}}}},
      text = "x";
  return {{"losses", {{"trained", losses}, {"ablated", losses}, {"calibrated", losses}}},
          {"floor", losses},
          {"token_losses", {{"bin", 0.25}, {"counts", {{"retain", {0, 1}}, {"forget", {1, 2}}}}}},
          {"relearning", nlohmann::ordered_json::array()},
          {"parameters", 1},
          {"steps", 1},
          {"labels", counts},
          {"tokens", counts},
          {"tokens_per_second", 1.0},
          {"threads", 1},
          {"seed", 1},
          {"settings", to_json(config)},
          {"data", text},
          {"version", text},
          {"numerics", sgtm::numerics_version},
          {"machine", {{"processor", text}, {"cores", 2}, {"system", text}, {"compiler", text}, {"flags", text}}}};
}
