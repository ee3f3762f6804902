#include "lab/analysis/verdict.hpp"

#include <fmt/format.h>

#include <cmath>

namespace sgtm {

const char* name(Answer answer) {
  constexpr const char* names[] = {"supported", "not supported", "inconclusive"};
  return names[static_cast<std::size_t>(answer)];
}

Answer answer_of(const Verdict& v) {
  const bool higher = v.low > v.threshold, lower = v.high < v.threshold;  // both false for NaN
  if (v.above ? higher : lower) return Answer::supported;
  return higher || lower ? Answer::not_supported : Answer::inconclusive;
}

std::string interval_text(const Verdict& v) {
  if (std::isnan(v.high)) return "no seed has the runs that it takes, or none came so far";
  if (std::isinf(v.high)) return "too few runs for an interval";
  return fmt::format("{:.4g} to {:.4g} (n = {})", v.low, v.high, v.count);
}

std::string threshold_text(const Verdict& v) {
  return fmt::format("{} {:.4g}", v.above ? "above" : "below", v.threshold);
}

std::string text_of(const Verdict& v) {
  const std::string why = std::isfinite(v.high)
                              ? fmt::format("95 % interval {}, claimed {}", interval_text(v), threshold_text(v))
                              : interval_text(v);
  return fmt::format("{}: {} ({})", v.claim, name(answer_of(v)), why);
}

nlohmann::ordered_json ends_json(double low, double high) {
  return std::isfinite(high) ? nlohmann::ordered_json{low, high} : nlohmann::ordered_json();
}

nlohmann::ordered_json to_json(const Verdict& v) {
  return {{"claim", v.claim},
          {"verdict", name(answer_of(v))},
          {"interval", ends_json(v.low, v.high)},
          {"n", v.count},
          {v.above ? "above" : "below", v.threshold}};
}

}  // namespace sgtm
