#pragma once

#include "lab/runs/run_result.hpp"

namespace sgtm {

/// A table for a terminal: columns as wide as their widest cell, the first aligned left, numbers right, a line under
/// the head.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

/// The number of characters (not bytes) that a terminal shows.
std::size_t shown_width(const std::string& text);

/// Some runs, each with its name.
using NamedResults = std::vector<std::pair<std::string, RunResult>>;

/// Their losses as rows of a table: one per run and state (trained, ablated, calibrated), a column per source, each
/// loss (nats per token) with its distance from the floor where that is known.
std::vector<std::vector<std::string>> loss_rows(const NamedResults& results);

/// What a model knows, a row per group, with 95 % intervals over facts.
std::string recall_table(const std::vector<Recall>& known);

}  // namespace sgtm
