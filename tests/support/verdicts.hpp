#pragma once

#include <fmt/format.h>

#include <string>

#include "lab/analysis/analysis.hpp"

/// "supported, 0.60": the outcome of the first verdict whose claim has these words, and the middle of its interval.
inline std::string outcome(const sgtm::Analysis& analysis, const std::string& words) {
  for (const sgtm::Verdict& v : analysis.verdicts)
    if (v.claim.find(words) != std::string::npos)
      return fmt::format("{}, {:.2f}", name(answer_of(v)), (v.low + v.high) / 2);
  return "no verdict says: " + words;
}
