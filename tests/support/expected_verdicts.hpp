#pragma once

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <set>

#include "tests/support/experiment_plans.hpp"
#include "tests/support/finished_table.hpp"
#include "tests/support/made_up_results.hpp"

/// What a verdict should be about: its claim has these words, and its interval is that of these values.
struct Expected {
  std::string words;
  Numbers values;
  enum Direction { above, below } direction;
  double threshold;
  std::optional<Interval> fitted = {};  // where it is not of the values' mean
};

inline constexpr auto above = Expected::above, below = Expected::below;
/// What most claims are of.
inline const Reading calibrated_forget = lost("calibrated", "forget"),
                     calibrated_adjacent = lost("calibrated", "adjacent"),
                     calibrated_retain = lost("calibrated", "retain");

/// Checks the verdicts of an experiment, one for one in their order, and returns the answers by claim.
inline std::map<std::string, sgtm::Answer> check_verdicts(const sgtm::Analysis& analysis,
                                                          const std::vector<Expected>& expected) {
  std::map<std::string, sgtm::Answer> answers;
  REQUIRE(analysis.verdicts.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const sgtm::Verdict& v = analysis.verdicts[i];
    const Expected& e = expected[i];
    CAPTURE(v.claim);
    CAPTURE(e.words);
    CHECK(v.claim.find(e.words) != std::string::npos);
    CHECK(v.threshold == e.threshold);
    CHECK(v.above == (e.direction == Expected::above));
    REQUIRE(v.count == static_cast<int>(e.values.size()));
    const sgtm::Answer answer = answer_of(v);
    answers[e.words] = answer;
    if (e.values.size() < (e.fitted ? 3 : 2)) {
      CHECK(answer == sgtm::Answer::inconclusive);
      continue;
    }
    const auto [mean, half] = e.fitted ? *e.fitted : interval_of(e.values);
    CHECK(v.low == doctest::Approx(mean - half).epsilon(1e-9));
    CHECK(v.high == doctest::Approx(mean + half).epsilon(1e-9));
    const double sign = v.above ? 1 : -1, beyond = sign * (mean - e.threshold);
    CHECK((answer == sgtm::Answer::supported) == (beyond > half));
    CHECK((answer == sgtm::Answer::not_supported) == (-beyond > half));
  }
  return answers;
}

/// The values that an experiment's claims should be about, read off all its runs.
using Claims = std::function<std::vector<Expected>(const std::vector<sgtm::Finished>&)>;
/// Changes made-up results, where an experiment asks for numbers that belong together.
using Change = std::function<void(sgtm::Finished&, const MadeUpWorld&)>;

/// Checks an experiment's verdicts in several made-up worlds and their mirrors, in which every claim is shown at least
/// once, and at least once not.
inline void check_claims(const std::string& name, const Claims& claims, const Change& change = {}) {
  CAPTURE(name);
  const auto table = plans_of(name, 3);
  std::map<std::string, std::set<sgtm::Answer>> answers;
  for (int world = 1; world <= 8; ++world)
    for (const int number : {world, -world}) {
      const MadeUpWorld made_up(number);
      auto all = made_up.results(table);
      if (change)
        for (sgtm::Finished& run : all) change(run, made_up);
      for (const auto& [claim, answer] : check_verdicts(experiment(name).analyse(all), claims(all)))
        answers[claim].insert(answer);
    }
  for (const auto& [words, seen] : answers) {
    const std::string& claim = words;  // clang 14 captures no part of a structured binding
    CAPTURE(claim);
    CHECK(seen.contains(sgtm::Answer::supported));
    CHECK(seen.contains(sgtm::Answer::not_supported));
  }
}
