#pragma once

#include <fmt/format.h>

#include "core/machine.hpp"
#include "lab/tables/run_table.hpp"
#include "tests/support/temporary_folder.hpp"

/// A folder of runs with data that need not be made: of real text what is prepared is taken as it is.
struct RunsFolder {
  TemporaryFolder folder;
  sgtm::Folders folders{folder / "runs", {}};

  explicit RunsFolder(const std::string& name) : folder(name) { set_data("{\"data\": 1}"); }
  void set_data(const std::string& facts) const { sgtm::write_file(folder / "runs/data/bible/data.json", facts); }

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
  const auto nothing = nlohmann::ordered_json::object();
  return {{"losses", {{"trained", nothing}, {"ablated", nothing}, {"calibrated", nothing}}},
          {"floor", nothing},
          {"tokens", nothing},
          {"token_losses", nothing},
          {"parameters", 1},
          {"relearning", nlohmann::ordered_json::array()},
          {"settings", to_json(config)},
          {"numerics", sgtm::numerics_version}};
}
