#pragma once

#include "core/figure.hpp"
#include "lab/analysis/selection.hpp"
#include "lab/analysis/verdict.hpp"

namespace sgtm {

/// What an experiment reads off its runs.
struct Analysis {
  std::vector<std::vector<std::string>> table;  // the first row its head
  nlohmann::ordered_json summary;
  std::vector<std::pair<std::string, Figure>> figures;  // by file name
  std::vector<Verdict> verdicts;
  std::vector<std::vector<std::string>> means = {};  // what a page shows where the table has a row for each run
};

/// "1.234 ± 0.012": the mean with its 95 % interval, for tables and, with everything, for summaries.
std::string interval_text(const Estimated& e, int decimals = 3);
nlohmann::ordered_json interval_json(const Estimated& e);

/// Adds a row to the table: its first cells, then means. Returns these by their names, for a summary.
nlohmann::ordered_json add_row(Analysis& analysis, std::vector<std::string> row,
                               const std::vector<std::pair<std::string, Estimated>>& means);

/// y = a x^b: both, the interval of b, and to how many points it was fitted.
nlohmann::ordered_json law_json(const PowerLaw& law);

/// Adds a verdict on the claim that something lies above, or below, the threshold: by the interval of the values' mean.
/// Without values it can't be told.
void claim_above(Analysis& analysis, const std::string& claim, const std::vector<double>& values, double threshold);
void claim_below(Analysis& analysis, const std::string& claim, const std::vector<double>& values, double threshold);
void claim_below(Analysis& analysis, const std::string& claim, const Estimated& e, double threshold);

/// Means of every size, method and rate with their intervals: calibrated losses, and those before ablation.
Analysis loss_analysis(const std::vector<Finished>& all);

}  // namespace sgtm
