#include "lab/analysis/analysis.hpp"

#include <fmt/format.h>

#include <cmath>

namespace sgtm {
namespace {

Estimated mean_or_nothing(const std::vector<double>& values) {
  return values.empty() ? Estimated{NAN, NAN, NAN, 0} : estimate_mean(values);
}

}  // namespace

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

std::string interval_text(const Estimated& e, int decimals) {
  return std::isfinite(e.half) ? fmt::format("{:.{}f} ± {:.{}f}", e.mean, decimals, e.half, decimals)
                               : fmt::format("{:.{}f}", e.mean, decimals);
}

nlohmann::ordered_json interval_json(const Estimated& e) {
  return {{"mean", e.mean}, {"deviation", e.deviation}, {"seeds", e.count}, {"interval", ends_json(e.low(), e.high())}};
}

nlohmann::ordered_json add_row(Analysis& analysis, std::vector<std::string> row,
                               const std::vector<std::pair<std::string, Estimated>>& means) {
  nlohmann::ordered_json by_name;
  for (const auto& [name, mean] : means) {
    row.push_back(interval_text(mean));
    by_name[name] = interval_json(mean);
  }
  analysis.table.push_back(std::move(row));
  return by_name;
}

nlohmann::ordered_json law_json(const PowerLaw& law) {
  return {{"a", law.a},
          {"b", law.b.mean},
          {"interval of b", ends_json(law.b.low(), law.b.high())},
          {"points", law.b.count}};
}

void claim_above(Analysis& analysis, const std::string& claim, const std::vector<double>& values, double threshold) {
  const Estimated e = mean_or_nothing(values);
  analysis.verdicts.push_back({claim, e.low(), e.high(), threshold, true, e.count});
}

void claim_below(Analysis& analysis, const std::string& claim, const std::vector<double>& values, double threshold) {
  claim_below(analysis, claim, mean_or_nothing(values), threshold);
}

void claim_below(Analysis& analysis, const std::string& claim, const Estimated& e, double threshold) {
  analysis.verdicts.push_back({claim, e.low(), e.high(), threshold, false, e.count});
}

Analysis loss_analysis(const std::vector<Finished>& all) {
  Analysis analysis;
  analysis.table = {
      {"size", "method", "undiscovered", "seeds", "retain", "forget", "retain before ablation", "forget before"}};
  for (const std::string& size : sizes_in(all))
    for (const std::string& method : methods_in(all, size))
      for (const double rate : rates_in(all, size, method)) {
        const auto runs = runs_of(all, size, method, rate);
        nlohmann::ordered_json entry{{"size", size}, {"method", method}, {"undiscovered", rate}};
        entry.update(add_row(analysis, {size, method, fmt::format("{:g} %", 100 * rate), std::to_string(runs.size())},
                             {{"retain", mean_over(runs, loss("calibrated", "retain"))},
                              {"forget", mean_over(runs, loss("calibrated", "forget"))},
                              {"retain before ablation", mean_over(runs, loss("trained", "retain"))},
                              {"forget before ablation", mean_over(runs, loss("trained", "forget"))}}));
        analysis.summary["losses"].push_back(entry);
      }
  return analysis;
}

}  // namespace sgtm
