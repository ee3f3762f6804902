#include <fmt/format.h>

#include "lab/analysis/loss_figures.hpp"
#include "lab/experiments/method_runs.hpp"

namespace sgtm::variants {

constexpr double rate = 0.2;
/// The paper's, whatever rows the table of strategies has beside them.
constexpr const char* compared[] = {"none",
                                    "sgtm",
                                    "sgtm_joint_projection",
                                    "sgtm_joint_mlp_projection",
                                    "sgtm_joint_attn_projection",
                                    "sgtm_joint_attention",
                                    "gradient_routing",
                                    "activation_masking"};

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed) {
    table.push_back(method_run(sizing, sizing.size, "filter", rate, seed));
    for (const char* strategy : compared)
      table.push_back(method_run(sizing, sizing.size, strategy, strategy_named(strategy).splits ? rate : 0, seed));
  }
  return table;
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = loss_analysis(all);
  for (const std::string& size : sizes_in(all)) {
    Figure figure = losses_figure(fmt::format("All strategies, 20 % undiscovered, {}", size), all, size);
    add_floor(figure, one_of(all, size));
    analysis.figures.emplace_back("variants-" + size, std::move(figure));
    const auto sgtm = runs_of(all, size, "sgtm", rate);
    for (const std::string& method : methods_in(all, size)) {
      if (method == "none" || method == "filter" || method == "sgtm") continue;
      const auto other = runs_of(all, size, method, rate);
      claim_above(analysis, fmt::format("{}: {} forgets less than sgtm", size, method),
                  paired_differences(other, sgtm, loss("calibrated", "forget")), 0);
      claim_above(analysis, fmt::format("{}: {} keeps more English than sgtm", size, method),
                  paired_differences(other, sgtm, loss("calibrated", "retain")), 0);
    }
  }
  return analysis;
}

Experiment experiment() {
  return {.name = "variants",
          .figure = "7",
          .question = "What do the other strategies keep and forget?",
          .finding = "The variants with joint projections or joint attention retain better but forget less.",
          .runs = runs,
          .analyse = analyse};
}

}  // namespace sgtm::variants
