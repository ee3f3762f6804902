// docs/results holds what every run found (runs/), and what the experiments read off the runs. Does one follow from the
// other, with this program?
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <set>

#include "core/files.hpp"
#include "lab/report/experiment_report.hpp"
#include "tests/support/kept_results.hpp"

using namespace sgtm;
using nlohmann::ordered_json;

namespace {

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
  CHECK(kept::all_results().size() > 700);
  for (const Experiment& e : experiments()) {
    const std::string name = e.name;
    CAPTURE(name);
    const auto& [csv, rows, runs, analysis] = kept::experiment(e);
    CHECK(runs_csv(runs) == csv);
    ordered_json said = analysis.summary;
    said["verdicts"] = ordered_json::array();
    for (const Verdict& verdict : analysis.verdicts) said["verdicts"].push_back(to_json(verdict));
    CHECK(difference(ordered_json::parse(said.dump()),
                     ordered_json::parse(read_file(kept::folder / (name + ".json")))) == "");
    const std::set<kept::RunRow> told(rows.begin(), rows.end());
    for (const PlannedRun& plan : plans_of(name, e.seeds)) {
      CAPTURE(plan.method);
      CHECK(told.contains(kept::row_of(plan)));  // no run of the usual table is left out
    }
  }
}
