// docs/results has a page for each experiment, and two tables of verdicts. Does this program write the same from the
// kept results? SGTM_WRITE_PAGES=1 writes them anew (all but the figures, which need gnuplot: sgtm experiment report).
#include <doctest/doctest.h>

#include <cstdlib>

#include "core/files.hpp"
#include "lab/report/experiment_report.hpp"
#include "tests/support/kept_results.hpp"

using namespace sgtm;

namespace {

/// The experiment as a report of all its kept runs would tell it, without the drawn figures.
Told told_of(const Experiment& e) {
  const kept::Kept& results = kept::experiment(e);
  Told told{&e, {}, results.analysis, results.runs, 0, 0, {}};
  std::vector<PlannedRun> plans, done;
  for (const Sizing& sizing : kept::sizings_of(e, results.rows)) {
    told.commands.push_back(command_of(e, sizing));
    for (const PlannedRun& plan : e.runs(sizing)) plans.push_back(plan);
  }
  for (const Finished& run : results.runs) done.push_back(run.plan);
  told.done = static_cast<int>(distinct(done).size()), told.planned = static_cast<int>(distinct(plans).size());
  std::erase_if(told.analysis.figures, [](const auto& named_figure) { return is_empty(named_figure.second); });
  return told;
}

/// A page's text with what stands between the two markers replaced.
std::string with_table(const std::string& page, const std::string& table) {
  const std::string begin = "<!-- verdicts -->\n", end = "<!-- end of verdicts -->";
  const auto from = page.find(begin), to = page.find(end);
  REQUIRE(from != std::string::npos);
  REQUIRE(to != std::string::npos);
  return page.substr(0, from + begin.size()) + table + page.substr(to);
}

void check_page(const fs::path& path, const std::string& expected) {
  CAPTURE(path.string());
  if (std::getenv("SGTM_WRITE_PAGES") != nullptr) write_file(path, expected);
  REQUIRE(fs::exists(path));
  CHECK(read_file(path) == expected);
}

}  // namespace

TEST_CASE("the published pages are what the kept results say (SGTM_WRITE_PAGES=1 writes them anew)") {
  std::vector<Told> all;
  for (const Experiment& e : experiments()) {
    all.push_back(told_of(e));
    check_page(kept::folder / (e.name + std::string(".md")), experiment_markdown(all.back()));
    for (const auto& named : all.back().analysis.figures) {
      CAPTURE(named.first);
      CHECK(fs::exists(kept::folder / (named.first + ".svg")));
    }
  }
  check_page(kept::folder / "verdicts.md", verdicts_markdown(all));
  const fs::path overview = kept::folder / "README.md";
  check_page(overview, with_table(read_file(overview), overview_markdown(all)));
}
