#pragma once

#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "lab/runs/run.hpp"
#include "lab/runs/step_log.hpp"
#include "tests/support/small_data.hpp"

/// A whole run in `folder` / `name`, on data with adjacent documents: everything on, and a fraction of a second.
inline nlohmann::ordered_json run_in(const TemporaryFolder& folder, const std::string& name,
                                     const sgtm::RunConfig& config) {
  return to_json(sgtm::run(config, {adjacent_data().path, folder / name, 0, false}));
}

inline sgtm::RunConfig run_on_adjacent_data() {
  sgtm::RunConfig c = small_run();
  c.seed = 5;
  c.model.vocabulary = 410;  // more than the tokenizer has
  c.labels.retain_labeled = 0.5;
  c.steps = 14;
  c.learning_rate = 1e-2;
  c.calibration_steps = 4;
  c.calibration_documents = 2;
  return c;
}

/// Tokens of metrics.csv by source and label, and those of skipped steps by "skipped".
inline std::map<std::string, double> tokens_in_metrics(const sgtm::fs::path& run) {
  std::map<std::string, double> tokens;  // columns: step, rate, source, label, skipped, tokens, loss
  for (const auto& row : sgtm::read_rows(run / "metrics.csv"))
    tokens[row.text(4) == "1" ? "skipped" : row.text(2) + " labeled " + row.text(3)] += row.number(5);
  return tokens;
}

inline void check_tokens(const nlohmann::ordered_json& result, const sgtm::fs::path& run) {
  std::map<std::string, double> counted = tokens_in_metrics(run);
  CHECK(result["skipped_tokens"] == counted["skipped"]);
  for (const auto& [source, by_label] : result["tokens"].items())
    for (const auto& [label, tokens] : by_label.items()) CHECK(tokens == counted[source + " labeled " + label]);
}
