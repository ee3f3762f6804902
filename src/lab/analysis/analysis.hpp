#pragma once

#include "core/figure.hpp"
#include "lab/analysis/selection.hpp"

namespace sgtm {

/// What the results say of a claim: supported where its whole interval lies beyond the threshold, not supported where
/// all of it lies on the other side, and else inconclusive.
struct Verdict {
  std::string claim;
  double low, high;  // the 95 % interval of what was measured; NaN where nothing was, infinite where once
  double threshold;
  bool above;  // the claim is that it lies above the threshold; else below
  int count;   // of values that the interval is from: seeds, or what the claim names
};

enum class Answer { supported, not_supported, inconclusive };
inline constexpr Answer all_answers[] = {Answer::supported, Answer::not_supported, Answer::inconclusive};
const char* name(Answer answer);

Answer answer_of(const Verdict& verdict);

/// "0.3639 to 5.613 (n = 5)", or why there is no interval.
std::string interval_text(const Verdict& verdict);
/// "above 0".
std::string threshold_text(const Verdict& verdict);

/// The ends of an interval; null where it has none.
nlohmann::ordered_json ends_json(double low, double high);

/// All of it in one line.
std::string text_of(const Verdict& verdict);
nlohmann::ordered_json to_json(const Verdict& verdict);

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
