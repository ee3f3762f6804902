#pragma once

#include "lab/report/experiment_page.hpp"

namespace sgtm {

// The pages of docs/results. They hold nothing that is not in the kept results or in an experiment's source, so that
// they can be written anew at any time (tests/lab/experiments/kept_pages_test.cpp).

/// NAME.md: the question, the paper's finding, what was run and where, figures, table, verdicts, and our reading.
std::string experiment_markdown(const Told& told);

/// A line for each experiment: the question, and how many of its claims are supported, not supported, inconclusive.
std::string overview_markdown(const std::vector<Told>& all);

/// verdicts.md: every claim of every experiment.
std::string verdicts_markdown(const std::vector<Told>& all);

}  // namespace sgtm
