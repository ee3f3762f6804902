#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <set>
#include <sstream>
#include <tuple>
#include <unordered_map>

#include "core/files.hpp"
#include "lab/experiments/asked.hpp"
#include "lab/runs/run.hpp"
#include "tests/support/experiment_plans.hpp"

// docs/results: what every run found (runs/), and which of them the experiments' tables hold.

namespace kept {

using namespace sgtm;

inline const fs::path folder = fs::path(SGTM_SOURCE) / "docs/results";

/// Settings and data in a text that is the same where a number was written with another rounding.
inline std::string identity(const RunConfig& settings, const std::string& data) {
  std::string text = data;
  const nlohmann::json all = to_json(settings);
  for (const auto& [name, value] : all.items())
    text += value.is_number_float() ? fmt::format("|{:.10g}", value.get<double>()) : "|" + value.dump();
  return text;
}

/// All kept results by their settings (those that are younger than a result had their default) and the name of their
/// data.
class KeptResults {
 public:
  KeptResults() {
    for (const auto& file : fs::directory_iterator(folder / "runs")) {
      if (file.path().extension() != ".json") continue;  // a lock
      RunResult result = read_result(file.path());
      const std::string data = fs::path(result.data).filename();
      CHECK(by_identity_.emplace(identity(result.settings, data), std::move(result)).second);
    }
  }
  std::size_t size() const { return by_identity_.size(); }
  const RunResult* of(const PlannedRun& plan) const {
    const auto at = by_identity_.find(identity(plan.config, name_of(plan.data)));
    if (at == by_identity_.end()) return nullptr;
    CHECK(other_setting(at->second.settings, plan.config, 1e-12) == "");
    return &at->second;
  }

 private:
  std::unordered_map<std::string, RunResult> by_identity_;
};

/// What a row of NAME.csv says of a run.
using RunRow = std::tuple<std::string, std::string, std::string, std::uint64_t>;  // size, method, undiscovered, seed
inline RunRow row_of(const PlannedRun& run) {
  return {run.size, run.method, fmt::format("{}", run.undiscovered), run.config.seed};
}

/// The fields of a line, of which some are quoted.
inline std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (c == ',' && !quoted) fields.emplace_back();
    if (c != '"' && (c != ',' || quoted)) fields.back() += c;
  }
  return fields;
}

inline std::vector<RunRow> rows_of(const std::string& csv) {
  std::vector<RunRow> rows;
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);  // the head
  while (std::getline(lines, line)) {
    const auto f = fields_of(line);
    rows.emplace_back(f.at(0), f.at(1), f.at(2), std::stoul(f.at(3)));
  }
  return rows;
}

/// The runs that the rows tell of, in their order. What a row's size alone would make of it may not be what was run (a
/// world is the largest size's), so all sizes are asked, the largest first, whether they plan it and a result is kept.
inline std::vector<Finished> finished_runs(const Experiment& e, const std::vector<RunRow>& rows,
                                           const KeptResults& kept) {
  std::vector<std::string> sizes;
  std::map<std::string, std::uint64_t> seeds;
  for (const auto& [size, method, undiscovered, seed] : rows) {
    if (!seeds.contains(size)) sizes.insert(sizes.begin(), size);
    seeds[size] = std::max(seeds[size], seed);
  }
  std::map<RunRow, Finished> found;
  for (const std::string& size : sizes)
    for (const PlannedRun& plan : plans_of(e.name, static_cast<int>(seeds[size]), size))
      if (!found.contains(row_of(plan)))
        if (const RunResult* result = kept.of(plan)) found[row_of(plan)] = {plan, *result};
  std::vector<Finished> all;
  for (const RunRow& row : rows) {
    CAPTURE(std::get<1>(row));
    REQUIRE(found.contains(row));
    all.push_back(found.at(row));
  }
  return all;
}

inline const KeptResults& all_results() {
  static const KeptResults results;
  return results;
}

/// An experiment as docs/results holds it.
struct Kept {
  std::string csv;
  std::vector<RunRow> rows;
  std::vector<Finished> runs;
  Analysis analysis;
};

/// Read and analysed once for all tests.
inline const Kept& experiment(const Experiment& e) {
  static std::map<std::string, Kept> known;
  if (const auto at = known.find(e.name); at != known.end()) return at->second;
  Kept read{read_file(folder / (e.name + std::string(".csv"))), {}, {}, {}};
  read.rows = rows_of(read.csv);
  read.runs = finished_runs(e, read.rows, all_results());
  read.analysis = e.analyse(read.runs);
  return known.emplace(e.name, std::move(read)).first->second;
}

/// The fewest sizes and seeds that an experiment has to be asked for to have all these runs; those that give most
/// first.
inline std::vector<Sizing> sizings_of(const Experiment& e, const std::vector<RunRow>& rows) {
  std::map<std::string, int> seeds;
  for (const auto& [size, method, undiscovered, seed] : rows)
    seeds[size] = std::max(seeds[size], static_cast<int>(seed));
  std::set<RunRow> missing(rows.begin(), rows.end());
  std::vector<Sizing> chosen;
  while (!missing.empty()) {
    std::set<RunRow> best;
    for (const auto& [size, count] : seeds) {
      std::set<RunRow> gives;
      for (const PlannedRun& plan : plans_of(e.name, count, size))
        if (missing.contains(row_of(plan))) gives.insert(row_of(plan));
      if (gives.size() <= best.size()) continue;
      if (best.empty()) chosen.emplace_back();
      best = gives, chosen.back() = {size, count, false, preset};
    }
    REQUIRE(!best.empty());
    for (const RunRow& row : best) missing.erase(row);
  }
  return chosen;
}

}  // namespace kept
