#include "lab/experiments/standard_runs.hpp"

#include "lab/experiments/method_runs.hpp"

namespace sgtm {

std::vector<PlannedRun> standard_runs(const Sizing& sizing, const std::string& size) {
  // Runs of larger models take ten minutes and more, so their curve has fewer points; it begins further to the left,
  // for they leak less.
  const double tokens = sizing.preset(size).tokens;
  std::vector<double> shares{0, 0.0006, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1};
  if (tokens > 6e6) shares = {0, 0.0003, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2};            // from 0.5M
  if (tokens > 18e6) shares = {0, 0.00015, 0.0003, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2};  // from 1M
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const double share : possible_rates(sizing, size, shares))
      table.push_back(method_run(sizing, size, "filter", share, seed));
  return table;
}

}  // namespace sgtm
