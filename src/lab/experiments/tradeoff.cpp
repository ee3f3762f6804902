#include <fmt/format.h>

#include "lab/analysis/loss_figures.hpp"
#include "lab/experiments/method_runs.hpp"

namespace sgtm::tradeoff {

constexpr double rates[] = {0.01, 0.2};
constexpr const char* methods[] = {"filter", "sgtm", "gradient_routing"};
constexpr double near = 1;  // nats of forget loss

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed) {
    table.push_back(watched(sizing, method_run(sizing, sizing.size, "filter", 0, seed)));
    for (const double rate : possible_rates(sizing, sizing.size, rates))
      for (const char* method : methods)
        table.push_back(watched(sizing, method_run(sizing, sizing.size, method, rate, seed)));
  }
  return table;
}

Figure figure_of(const std::vector<Finished>& all, const std::string& size, double rate) {
  Figure figure{fmt::format("Through training, {:g} % undiscovered, {}", 100 * rate, size),
                "retain: calibrated held-out loss, nats per token (training goes to the right)",
                "forget: the same",
                {},
                "set xrange [*:*] reverse\n"};
  const auto add = [&](const char* method, double at, const std::string& title, const char* dash) {
    const auto of = runs_of(all, size, method, at);
    if (of.empty()) return;
    Series line{title, fmt::format("yerrorlines lw 1.5 pt 7 ps 0.5 {} lc rgb '{}'", dash, colour_of(method))};
    add_mean_course(line, of, [](const Finished& run) { return loss_course(run); });
    figure.series.push_back(std::move(line));
  };
  for (const char* method : methods) add(method, rate, method, "");
  add("filter", 0, "perfect filter", "dt 2");
  add_floor(figure, one_of(all, size));
  return figure;
}

/// The calibrated retain loss on the way, each with the share of training that led there.
std::vector<std::pair<double, double>> retain_by_share(const Finished& run) {
  std::vector<std::pair<double, double>> course;
  for (const LossLook& look : run.result.evaluations)
    if (look.state == "calibrated" && look.source == "retain")
      course.emplace_back(look.loss, static_cast<double>(look.step) / static_cast<double>(run.result.steps));
  return course;
}

/// The share of training after which the filter's English is as good as SGTM's at its end.
std::vector<double> progress_of_filter(const std::vector<Finished>& all, const std::string& size, double rate) {
  std::vector<double> shares;
  for (const auto& [sgtm, filter] : of_equal_seed(runs_of(all, size, "sgtm", rate), runs_of(all, size, "filter", rate)))
    shares.push_back(first_fall_to(retain_by_share(*filter), loss_course(*sgtm).back().first).value_or(1));
  return shares;
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = loss_analysis(all);
  for (const std::string& size : sizes_in(all))
    for (const double rate : rates) {
      const auto sgtm = runs_of(all, size, "sgtm", rate);
      if (sgtm.empty()) continue;
      analysis.figures.emplace_back(fmt::format("tradeoff-{}-{:g}", size, 100 * rate), figure_of(all, size, rate));
      const std::string at = fmt::format("{}, {:g} % undiscovered", size, 100 * rate);
      for (const char* other : {"filter", "gradient_routing"})
        claim_above(analysis, fmt::format("{}: at the English of its end, SGTM has forgotten more than {}", at, other),
                    lead_at_end(sgtm, runs_of(all, size, other, rate)), 0);
      claim_above(
          analysis,
          fmt::format("{}: at the English of its end, SGTM is less than {:g} nat below the perfect filter", at, near),
          lead_at_end(sgtm, runs_of(all, size, "filter", 0)), -near);
      claim_above(analysis, at + ": SGTM's English at the end is the filter's at 80 % of training or later",
                  progress_of_filter(all, size, rate), 0.8);
    }
  return analysis;
}

Experiment experiment() {
  return {
      .name = "tradeoff",
      .figure = "4a",
      .question = "Through training, what does forgetting cost in English?",
      .finding =
          "At 1 % undiscovered SGTM's curve lies above the filter's and gradient routing's, near the perfect filter's. "
          "Its final retain loss is the filter's at about 80 % of training.",
      .runs = runs,
      .analyse = analyse};
}

}  // namespace sgtm::tradeoff
