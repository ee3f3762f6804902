#pragma once

#include <set>
#include <tuple>

#include "tests/support/expected_figures.hpp"

// What tables and summaries should say of numbers that were read off the runs.

using Cells = std::vector<std::string>;

inline std::string text_of(const Numbers& numbers) {
  const auto [mean, half] = interval_of(numbers);
  return fmt::format("{:.3f} ± {:.3f}", mean, half);
}

inline void check_entry(const nlohmann::ordered_json& entry, const Numbers& numbers) {
  const auto [mean, half] = interval_of(numbers);
  CHECK(entry.at("mean").get<double>() == near(mean));
  CHECK(entry.at("seeds") == numbers.size());
  CHECK(entry.at("interval").at(0).get<double>() == near(mean - half));
  CHECK(entry.at("interval").at(1).get<double>() == near(mean + half));
}

/// Every size, method and rate of a table.
inline std::set<std::tuple<std::string, std::string, double>> kinds_of(const std::vector<sgtm::Finished>& all) {
  std::set<std::tuple<std::string, std::string, double>> kinds;
  for (const sgtm::Finished& run : all) kinds.emplace(run.plan.size, run.plan.method, run.plan.undiscovered);
  return kinds;
}

/// Checks the table of an experiment that compares losses: a row, and an entry, for each kind of run.
inline void check_loss_table(const std::string& name) {
  CAPTURE(name);
  const Scene scene(name);
  const auto& entries = scene.analysis.summary.at("losses");
  auto kinds = kinds_of(scene.all);
  REQUIRE(scene.analysis.table.size() == 1 + kinds.size());
  REQUIRE(entries.size() == kinds.size());
  CHECK(scene.analysis.table[0] == Cells{"size", "method", "undiscovered", "seeds", "retain", "forget",
                                         "retain before ablation", "forget before"});
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string size = entries[i].at("size"), method = entries[i].at("method");
    const double rate = entries[i].at("undiscovered");
    CHECK(kinds.erase({size, method, rate}) == 1);
    Cells row{size, method, fmt::format("{:g} %", 100 * rate), "3"};
    for (const auto& [title, state, source] : {std::tuple{"retain", "calibrated", "retain"},
                                               {"forget", "calibrated", "forget"},
                                               {"retain before ablation", "trained", "retain"},
                                               {"forget before ablation", "trained", "forget"}}) {
      const Numbers losses = FinishedTable{scene.all, size}.of(method, rate, lost(state, source));
      row.push_back(text_of(losses));
      check_entry(entries[i].at(title), losses);
    }
    CHECK(scene.analysis.table[i + 1] == row);
  }
}

/// ... of an experiment on the encyclopedia: a row before ablation and one after it, or one where nothing is cut.
inline void check_field_table(const std::string& name) {
  CAPTURE(name);
  const Scene scene(name);
  const auto& entries = scene.analysis.summary.at("methods");
  REQUIRE(scene.analysis.table.size() == 1 + entries.size());
  std::multiset<std::string> rows;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string method = entries[i].at("method"), when = entries[i].at("state");
    CHECK(rows.insert(method + when) != rows.end());
    double rate = 0;
    bool cut = false;
    for (const sgtm::Finished& run : scene.all)
      if (run.plan.method == method) rate = run.plan.undiscovered, cut = run.plan.config.strategy != "none";
    CHECK((when == "calibrated") == !cut);
    const std::string state = when == "before" ? "trained" : "calibrated";
    Cells row{scene.table.size, method, when, "3"};
    const auto add = [&](const char* what, const char* title, const Reading& reading) {
      const Numbers numbers = scene.table.of(method, rate, reading);
      row.push_back(text_of(numbers));
      check_entry(entries[i].at(what).at(title), numbers);
    };
    add("loss", "general", lost(state, "retain"));
    add("loss", "adjacent", lost(state, "adjacent"));
    add("loss", "forget", lost(state, "forget"));
    add("recall", "general", known(state, "retain"));
    add("recall", "adjacent", known(state, "adjacent"));
    add("recall", "forget", known(state, "forget"));
    add("recall", "told nowhere else", known(state, "forget, told nowhere else"));
    add("recall", "also in adjacent", known(state, "forget, told also in adjacent"));
    add("recall", "also in general", known(state, "forget, told also in retain"));
    CHECK(scene.analysis.table[i + 1] == row);
  }
  std::size_t expected = 0;
  for (const auto& [size, method, rate] : kinds_of(scene.all)) {
    const bool cut = rows.contains(method + "before");
    CHECK(rows.count(method + "after") == cut);
    CHECK(rows.count(method + "calibrated") == !cut);
    expected += cut ? 2 : 1;
  }
  CHECK(rows.size() == expected);
}
