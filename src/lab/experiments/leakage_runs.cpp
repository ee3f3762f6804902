#include <fmt/format.h>

#include "lab/analysis/leak.hpp"
#include "lab/experiments/method_runs.hpp"

namespace sgtm::leakage_runs {

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table = standard_runs(sizing, sizing.size);
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const char* method : {"sgtm", "gradient_routing"})
      for (const double rate : possible_rates(sizing, sizing.size, leak_rates))
        table.push_back(method_run(sizing, sizing.size, method, rate, seed));
  return table;
}

/// Filtering leaks all that it misses, so leakage below 1 is what a method has over it.
Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis;
  analysis.table = leak_table(all), analysis.means = leak_means(all);
  for (const std::string& size : sizes_in(all)) {
    if (!has_curve(all, size)) continue;
    analysis.summary[size] = leak_summary(all, size);
    analysis.figures.emplace_back("leakage-" + size, standard_curve_figure(all, size));
    for (const double rate : rates_in(all, size, "sgtm")) {
      std::vector<double> ratios;
      for (const Leak& leak : leaks_of(all, size, "sgtm", rate)) ratios.push_back(leak.leakage.ratio);
      claim_below(analysis, fmt::format("{}, {:g} % undiscovered: SGTM's leakage is below 0.1", size, 100 * rate),
                  ratios, 0.1);
    }
  }
  return analysis;
}

Experiment experiment() {
  return {.name = "leakage",
          .figure = "5a",
          .question = "How many forget tokens of ordinary training would have taught as much as leaked?",
          .finding =
              "64M parameters, 20 % undiscovered: 144M unlabeled forget tokens cost as much as 965k tokens of standard "
              "training, a leakage of 0.0067.",
          .runs = runs,
          .analyse = analyse,
          .seeds = 5};
}

}  // namespace sgtm::leakage_runs
