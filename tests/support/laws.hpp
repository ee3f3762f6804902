#pragma once

#include <cmath>

#include "tests/support/finished_table.hpp"
#include "tests/support/made_up_results.hpp"

/// y = exp(offset) x^slope through points, by least squares of the logarithms; half: of the slope's 95 % interval.
struct FittedLaw {
  double offset, slope, half;
  double inverse(double y) const { return std::exp((std::log(y) - offset) / slope); }
};
inline FittedLaw law_of(const std::vector<std::pair<double, double>>& points) {
  const auto n = static_cast<double>(points.size());
  double x = 0, y = 0, xx = 0, xy = 0, squares = 0;
  for (const auto& [a, b] : points) {
    x += std::log(a), y += std::log(b);
    xx += std::log(a) * std::log(a), xy += std::log(a) * std::log(b);
  }
  const double slope = (n * xy - x * y) / (n * xx - x * x), offset = (y - slope * x) / n;
  for (const auto& [a, b] : points) squares += std::pow(std::log(b) - offset - slope * std::log(a), 2);
  return {offset, slope, student[points.size() - 2] * std::sqrt(squares / (n - 2) / (xx - x * x / n))};
}

/// 6 N D of what a run trained on.
inline double flop_of(const sgtm::Finished& run) {
  double tokens = 0;
  for (const auto& [source, by_label] : run.result.tokens)
    for (const double count : by_label) tokens += count;
  return 6 * tokens * static_cast<double>(run.result.parameters);
}

/// Gives a run calibrated losses near a law of compute: those of a standard run on a share of its own, which for
/// "none" is all of it, and for other methods differs by source, from 1.5 to a hundredth.
inline void put_on_a_law(sgtm::Finished& run, const MadeUpWorld& world) {
  for (auto& [source, loss] : run.result.losses["calibrated"]) {
    const double drawn = world.share(run.plan, "of the compute " + source);
    const double share = run.plan.method.starts_with("none") ? 1 : 1.5 * std::exp(-5 * drawn * drawn);
    loss = run.result.floor.at(source) +
           (80 + static_cast<double>(source.size())) * std::pow(share * flop_of(run), -0.1) * (1 + 1e-3 * drawn);
  }
}

/// What of its compute each run of a method wastes, in percent: the standard run of its size and seed would have needed
/// so much less of its own.
inline Numbers wasted(const FinishedTable& table, const std::string& method, double undiscovered,
                      const std::string& source) {
  const auto above_floor = [&](const sgtm::Finished& run) {
    return lost("calibrated", source)(run) - run.result.floor.at(source);
  };
  std::vector<std::pair<double, double>> standard;
  for (const sgtm::Finished& run : table.all)
    if (run.plan.method.starts_with("none")) standard.emplace_back(flop_of(run), above_floor(run));
  const FittedLaw law = law_of(standard);
  const auto needed = [&](const sgtm::Finished& run) { return law.inverse(above_floor(run)) / flop_of(run); };
  Numbers percent = table.of(method, undiscovered, needed);
  const Numbers of_none = table.of("none", 0, needed);
  for (std::size_t i = 0; i < percent.size(); ++i) percent[i] = 100 * (1 - percent[i] / of_none.at(i));
  return percent;
}
