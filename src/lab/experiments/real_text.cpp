#include <fmt/format.h>

#include "lab/analysis/loss_figures.hpp"
#include "lab/experiments/method_runs.hpp"

namespace sgtm::real_text {

constexpr double rates[] = {0, 0.2, 1};
constexpr const char* methods[] = {"filter", "sgtm", "gradient_routing"};

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  const auto add = [&](const char* method, double rate, int seed) {
    PlannedRun run = method_run(sizing, sizing.size, method, rate, seed);
    run.data.kind = DataKind::bible;
    table.push_back(run);
  };
  for (int seed = 1; seed <= sizing.seeds; ++seed) {
    add("none", 0, seed);
    for (const char* method : methods)
      for (const double rate : rates) add(method, rate, seed);
    add(masked_and_scaled, 0.2, seed);
  }
  return table;
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = loss_analysis(all);
  for (const std::string& size : sizes_in(all)) {
    Figure figure{fmt::format("The Bible, {}: 0, 20 and 100 % undiscovered", size),
                  "retain: calibrated held-out loss, nats per token",
                  "forget: the same (what real text's floor is, nobody knows)"};
    add_trade_off(figure, all, size);
    analysis.figures.emplace_back("real-text-" + size, std::move(figure));
    for (const char* other : {"filter", "gradient_routing"})
      claim_above(analysis, fmt::format("{}, 20 % undiscovered: SGTM's forget loss is above that of {}", size, other),
                  paired_differences(runs_of(all, size, other, 0.2), runs_of(all, size, "sgtm", 0.2),
                                     loss("calibrated", "forget")),
                  0);
    claim_masked_and_scaled(analysis, all, size, 0.2, "");
  }
  return analysis;
}

Experiment experiment() {
  return {.name = "real-text",
          .question = "Does it hold on text that people wrote?",
          .finding = "The paper's text is real and synthetic; this is the Bible in English and in Spanish.",
          .runs = runs,
          .analyse = analyse,
          .size = "0.25M"};
}

}  // namespace sgtm::real_text
