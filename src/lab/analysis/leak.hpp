#pragma once

#include "eval/leakage.hpp"
#include "lab/analysis/analysis.hpp"

namespace sgtm {

/// The curve of one seed; empty while it lacks n = 0, or a share that another seed has.
StandardCurve curve_of(const std::vector<Finished>& all, const std::string& size, std::uint64_t seed);
/// Whether any seed has its curve.
bool has_curve(const std::vector<Finished>& all, const std::string& size);

/// What one run leaked: its forget loss ablated and uncalibrated, found on its own seed's curve, so that intervals
/// also hold how much the curves of seeds differ.
struct Leak {
  std::uint64_t seed;
  double undiscovered, unlabeled_tokens, loss;
  Leakage leakage;
};
/// Of the runs whose seed has its curve; the others are left out.
std::vector<Leak> leaks_of(const std::vector<Finished>& all, const std::string& size, const std::string& method,
                           double undiscovered);
/// ... at all rates.
std::vector<Leak> leaks_of(const std::vector<Finished>& all, const std::string& size, const std::string& method);

/// The curve's means over seeds, and the runs of the methods, each at the n* of its own seed's curve, so not quite on
/// that line. Needs a curve.
Figure standard_curve_figure(const std::vector<Finished>& all, const std::string& size);

/// A row for each run; and one for each size, method and rate.
std::vector<std::vector<std::string>> leak_table(const std::vector<Finished>& all);
std::vector<std::vector<std::string>> leak_means(const std::vector<Finished>& all);
nlohmann::ordered_json leak_summary(const std::vector<Finished>& all, const std::string& size);

}  // namespace sgtm
