#pragma once

#include "eval/leakage.hpp"
#include "experiments/experiment.hpp"

namespace sgtm {

/// Shares of undiscovered forget documents at which leakage is measured (paper, fig. 5b).
inline constexpr double leak_rates[] = {0.05, 0.1, 0.2, 0.4};

/// The runs of the standard curve: training on all retain data and a share of the forget documents, which is what the
/// weak filter does where it misses them.
std::vector<PlannedRun> standard_runs(const Sizing& sizing, const std::string& size);

/// False while the runs with n = 0 and at least one other are missing.
bool has_curve(const std::vector<Finished>& all, const std::string& size);
StandardCurve curve_of(const std::vector<Finished>& all, const std::string& size);

/// What one run leaked: its forget loss ablated and uncalibrated, found on the standard curve.
struct Leak {
  double undiscovered, unlabeled_tokens, loss;
  Leakage leakage;
};
std::vector<Leak> leaks_of(const std::vector<Finished>& all, const std::string& size, const std::string& method);

/// The curve, and the runs of the methods on it.
Figure standard_curve_figure(const std::vector<Finished>& all, const std::string& size);

std::vector<std::vector<std::string>> leak_table(const std::vector<Finished>& all);
nlohmann::ordered_json leak_summary(const std::vector<Finished>& all, const std::string& size);

}  // namespace sgtm
