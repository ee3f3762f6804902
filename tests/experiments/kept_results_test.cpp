// docs/results holds what every run found (runs/), and what the experiments read off the runs. Does one follow from the
// other, with this program?
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <set>
#include <sstream>
#include <tuple>
#include <unordered_map>

#include "core/files.hpp"
#include "report/runs_csv.hpp"
#include "runs/run.hpp"
#include "tests/support/experiment_plans.hpp"

using namespace sgtm;
using nlohmann::ordered_json;

namespace {

const fs::path published = fs::path(SGTM_SOURCE) / "docs/results";

/// Settings and data in a text that is the same where a number was written with another rounding.
std::string identity(const nlohmann::json& settings, const std::string& data) {
  std::string text = data;
  for (const auto& [name, value] : settings.items())
    text += value.is_number_float() ? fmt::format("|{:.10g}", value.get<double>()) : "|" + value.dump();
  return text;
}

/// All kept results by their settings (those that are younger than a result had their default) and the name of their
/// data.
class KeptResults {
 public:
  KeptResults() {
    for (const auto& file : fs::directory_iterator(published / "runs")) {
      ordered_json result = ordered_json::parse(read_file(file.path()));
      nlohmann::json settings = to_json(RunConfig{});
      settings.update(nlohmann::json(result.at("settings")));
      const std::string data = fs::path(result.at("data").get<std::string>()).filename();
      CHECK(by_identity_.emplace(identity(settings, data), std::move(result)).second);
    }
  }
  std::size_t size() const { return by_identity_.size(); }
  const ordered_json* of(const PlannedRun& plan) const {
    const nlohmann::json settings = to_json(plan.config);
    const auto at = by_identity_.find(identity(settings, name_of(plan.data)));
    if (at == by_identity_.end()) return nullptr;
    CHECK(other_setting(at->second.at("settings"), settings, 1e-12) == "");
    return &at->second;
  }

 private:
  std::unordered_map<std::string, ordered_json> by_identity_;
};

/// What a row of NAME.csv says of a run.
using RunRow = std::tuple<std::string, std::string, std::string, std::uint64_t>;  // size, method, undiscovered, seed
RunRow row_of(const PlannedRun& run) {
  return {run.size, run.method, fmt::format("{}", run.undiscovered), run.config.seed};
}

/// The fields of a line, of which some are quoted.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') quoted = !quoted;
    if (c == ',' && !quoted) fields.emplace_back();
    if (c != '"' && (c != ',' || quoted)) fields.back() += c;
  }
  return fields;
}

std::vector<RunRow> rows_of(const std::string& csv) {
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
std::vector<Finished> finished_runs(const Experiment& e, const std::vector<RunRow>& rows, const KeptResults& kept) {
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
        if (const ordered_json* result = kept.of(plan)) found[row_of(plan)] = {plan, *result};
  std::vector<Finished> all;
  for (const RunRow& row : rows) {
    CAPTURE(std::get<1>(row));
    REQUIRE(found.contains(row));
    all.push_back(found.at(row));
  }
  return all;
}

/// Where two JSON texts say different things, numbers beyond rounding; empty: nowhere.
std::string difference(const ordered_json& a, const ordered_json& b, const std::string& where = "") {
  if (a.is_number() && b.is_number()) {
    const double x = a.get<double>(), y = b.get<double>();
    return std::abs(x - y) <= 1e-9 * std::abs(y) ? "" : fmt::format("{}: {}, not {}", where, x, y);
  }
  if (a.type() != b.type() || a.size() != b.size()) return where + ": " + a.dump() + ", not " + b.dump();
  if (!a.is_structured()) return a == b ? "" : where + ": " + a.dump() + ", not " + b.dump();
  for (auto i = a.begin(), j = b.begin(); i != a.end(); ++i, ++j) {
    if (a.is_object() && i.key() != j.key()) return where + ": " + i.key() + ", not " + j.key();
    const std::string here = where + "/" + (a.is_object() ? i.key() : std::to_string(i - a.begin()));
    if (const std::string other = difference(*i, *j, here); !other.empty()) return other;
  }
  return "";
}

}  // namespace

TEST_CASE("the published tables are what the kept results say, run by run and number by number") {
  const KeptResults kept;
  CHECK(kept.size() > 700);
  for (const Experiment& e : experiments()) {
    const std::string name = e.name;
    CAPTURE(name);
    const std::string csv = read_file(published / (name + ".csv"));
    const auto rows = rows_of(csv);
    const std::vector<Finished> all = finished_runs(e, rows, kept);
    CHECK(runs_csv(all) == csv);
    const Analysis analysis = e.analyse(all);
    ordered_json said = analysis.summary;
    said["verdicts"] = ordered_json::array();
    for (const Verdict& verdict : analysis.verdicts) said["verdicts"].push_back(to_json(verdict));
    CHECK(difference(ordered_json::parse(said.dump()), ordered_json::parse(read_file(published / (name + ".json")))) ==
          "");
    const std::set<RunRow> told(rows.begin(), rows.end());
    for (const PlannedRun& plan : plans_of(name, e.seeds)) {
      CAPTURE(plan.method);
      CHECK(told.contains(row_of(plan)));  // no run of the usual table is left out
    }
  }
}
