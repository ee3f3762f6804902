// What holds for every experiment. What each runs is kept in plans/NAME.txt. SGTM_WRITE_PLANS=1 rewrites the files, for
// `git diff` to show what a change of the experiments means.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstdlib>
#include <set>
#include <sstream>

#include "core/files.hpp"
#include "tests/support/experiment_plans.hpp"
#include "tests/support/made_up_results.hpp"

using namespace sgtm;

namespace {

/// The run in a line: what tables call it, its data, and all settings that are not its preset's; not its seed.
std::string line_of(const PlannedRun& run) {
  RunConfig base = preset(run.size);
  base.seed = run.config.seed;
  const std::string from =
      run.from ? fmt::format(" | from {} with {} units more", run.from->method, run.add_forget_units) : "";
  return fmt::format("{} | {} | {:g} | {} | {}{}", run.size, run.method, run.undiscovered, name_of(run.data),
                     fmt::join(flags_between(base, run.config), " "), from);
}

std::vector<std::string> lines_of(const std::vector<PlannedRun>& table, std::uint64_t seed) {
  std::vector<std::string> lines;
  for (const PlannedRun& run : table)
    if (run.config.seed == seed) lines.push_back(line_of(run));
  return lines;
}

std::vector<std::string> kept_lines(const fs::path& path) {
  std::vector<std::string> lines;
  std::istringstream text(read_file(path));
  for (std::string line; std::getline(text, line);) lines.push_back(line);
  return lines;
}

/// The runs of seed 1, and those that are made for --quick.
std::vector<std::string> pinned(const Experiment& e) {
  std::vector<std::string> lines{fmt::format("{} (figure {}): {}", e.name, e.figure, e.question),
                                 fmt::format("at {}, {} seeds", e.size, e.seeds),
                                 "size | method | undiscovered | data | what is not the preset's"};
  for (const std::string& line : lines_of(plans_of(e.name, 1), 1)) lines.push_back(line);
  lines.push_back("--quick --size nano:");
  for (const std::string& line : lines_of(plans_of(e.name, 1, "nano", true), 1)) lines.push_back(line);
  return lines;
}

/// All places and error bars of a figure.
std::vector<double> points_of(const Figure& figure) {
  std::vector<double> numbers;
  for (const Series& series : figure.series) {
    for (const auto& [x, y] : series.points) numbers.push_back(x), numbers.push_back(y);
    numbers.insert(numbers.end(), series.errors.begin(), series.errors.end());
    numbers.insert(numbers.end(), series.x_errors.begin(), series.x_errors.end());
  }
  return numbers;
}

}  // namespace

TEST_CASE("every experiment plans the runs that its kept plan says, at its own size, and with --quick") {
  for (const Experiment& e : experiments()) {
    const fs::path path = fs::path(SGTM_SOURCE) / "tests/lab/experiments/plans" / (std::string(e.name) + ".txt");
    const auto lines = pinned(e);
    if (std::getenv("SGTM_WRITE_PLANS")) write_file(path, fmt::format("{}\n", fmt::join(lines, "\n")));
    INFO("Is the change meant? SGTM_WRITE_PLANS=1 makes this test rewrite ", path.string());
    const auto kept = kept_lines(path);
    CHECK(lines.size() == kept.size());
    for (std::size_t i = 0; i < std::min(lines.size(), kept.size()); ++i) {
      CAPTURE(i + 1);
      CHECK(lines[i] == kept[i]);
    }
  }
}

TEST_CASE("every experiment: seeds 1 to n plan the same runs, in the same order") {
  for (const Experiment& e : experiments()) {
    CAPTURE(std::string(e.name));
    for (const bool quick : {false, true}) {
      const auto table = plans_of(e.name, 4, "", quick);
      const auto first = lines_of(table, 1);
      CHECK(table.size() == 4 * first.size());
      for (const std::uint64_t seed : {2u, 3u, 4u}) CHECK(lines_of(table, seed) == first);
    }
  }
}

TEST_CASE("every experiment: its usual seeds are one where it only chooses settings, else more") {
  std::map<int, std::vector<std::string>> by_seeds;
  for (const Experiment& e : experiments()) by_seeds[e.seeds].push_back(e.name);
  CHECK(by_seeds.size() == 3);
  CHECK(by_seeds[1] == std::vector<std::string>{"learning-rates", "rmu", "fields-classifier", "fields-rmu"});
  CHECK(by_seeds[5] ==
        std::vector<std::string>{"undiscovered", "leakage", "absorption", "gradient-norms", "token-losses"});
  CHECK(by_seeds[3].size() == 20);
}

TEST_CASE("every experiment: its table holds every run once, for every seed, with settings that are possible") {
  for (const Experiment& e : experiments()) {
    CAPTURE(std::string(e.name));
    const auto one = plans_of(e.name, 1, "nano"), three = plans_of(e.name, 3, "nano");
    CHECK(!one.empty());
    CHECK(three.size() == 3 * one.size());
    std::set<std::string> seen;
    for (const PlannedRun& run : three) {
      check(run.config);
      CHECK(seen.insert(run.method + to_json(run.config).dump()).second);
    }
  }
}

TEST_CASE("every experiment but those on a ladder: what it says of two sizes is what it says of either") {
  const MadeUpWorld world(1);
  const std::set<std::string> on_a_ladder{"scaling", "compute-penalty", "fields-compute", "learning-rates"};
  for (const Experiment& e : experiments()) {
    CAPTURE(std::string(e.name));
    if (on_a_ladder.contains(e.name)) continue;
    auto all = world.results(plans_of(e.name, 2, "nano"));
    Analysis apart = e.analyse(all);
    auto large = world.results(plans_of(e.name, 2, "0.1M"));
    const Analysis of_large = e.analyse(large);
    all.insert(all.end(), large.begin(), large.end());
    const Analysis together = e.analyse(all);
    apart.table.insert(apart.table.end(), of_large.table.begin() + 1, of_large.table.end());
    CHECK(together.table == apart.table);
    std::multiset<std::string> said, said_apart;
    for (const Verdict& v : together.verdicts) said.insert(text_of(v));
    for (const Analysis* one : std::initializer_list<const Analysis*>{&apart, &of_large})
      for (const Verdict& v : one->verdicts) said_apart.insert(text_of(v));
    CHECK(said == said_apart);
    apart.figures.insert(apart.figures.end(), of_large.figures.begin(), of_large.figures.end());
    REQUIRE(together.figures.size() == apart.figures.size());
    for (std::size_t i = 0; i < apart.figures.size(); ++i) {
      CHECK(together.figures[i].first == apart.figures[i].first);
      CHECK(points_of(together.figures[i].second) == points_of(apart.figures[i].second));
    }
  }
}

TEST_CASE("every experiment: whatever has finished, it holds numbers only, and one run alone tells nothing") {
  for (const Experiment& e : experiments()) {
    CAPTURE(std::string(e.name));
    const auto all = MadeUpWorld(1).results(plans_of(e.name, 1, "0.1M"));
    const auto check_some = [&](const std::string& which, const std::vector<Finished>& some) {
      CAPTURE(which);
      const Analysis analysis = e.analyse(some);
      for (const auto& row : analysis.table)
        for (const std::string& cell : row) CHECK(cell.find("nan") == std::string::npos);
      for (const auto& [name, figure] : analysis.figures)
        for (const double number : points_of(figure)) CHECK(std::isfinite(number));
      if (some.size() == 1)
        for (const Verdict& v : analysis.verdicts) CHECK(answer_of(v) == Answer::inconclusive);
    };
    for (std::size_t i = 0; i < all.size(); i += 1 + all.size() / 12) {
      check_some("only " + all[i].plan.method, {all[i]});
      auto others = all;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      check_some("all but " + all[i].plan.method, others);
    }
  }
}
