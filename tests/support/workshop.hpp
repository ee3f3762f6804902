#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/program.hpp"

// What tests of the program work with.

/// A folder with a small data set "data" and a finished run "run".
inline const TemporaryFolder& workshop() {
  static const TemporaryFolder folder("workshop");
  static const bool ready = [] {
    REQUIRE(run_sgtm(folder, "prepare --stories 80 --vocabulary 400 --context 400 --out data").code == 0);
    const Outcome trained = run_sgtm(folder,
                                     "train --data data --preset nano --vocabulary 400 --context 400 --undiscovered "
                                     "0.25 --steps 20 --calibration-steps 3 --evaluate-every 10 --out run");
    CAPTURE(trained.error);
    REQUIRE(trained.code == 0);
    return true;
  }();
  (void)ready;
  return folder;
}

inline nlohmann::json read_as_json(const sgtm::fs::path& path) {
  return nlohmann::json::parse(sgtm::read_file(path));
}

/// The command fails with exit code 2, prints one line that contains `why`, and nothing else.
inline void refused(const std::string& arguments, const std::string& why) {
  const Outcome outcome = run_sgtm(workshop(), arguments);
  CAPTURE(arguments);
  CAPTURE(outcome.error);
  CHECK(outcome.code == 2);
  CHECK(outcome.error.starts_with("sgtm: "));
  CHECK(outcome.error.find(why) != std::string::npos);
  CHECK(std::count(outcome.error.begin(), outcome.error.end(), '\n') == 1);
  CHECK(outcome.out.empty());
}

inline const std::string train =
    "train --data data --preset nano --vocabulary 400 --context 400 --steps 20 --calibration-steps 0 --undiscovered "
    "0.25 ";
