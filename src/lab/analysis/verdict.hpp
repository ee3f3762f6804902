#pragma once

#include <nlohmann/json.hpp>
#include <string>

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

}  // namespace sgtm
