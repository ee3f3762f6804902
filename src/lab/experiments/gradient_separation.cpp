#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lab/experiments/method_runs.hpp"

namespace sgtm::gradient_separation {

constexpr double rate = 0.2;

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    table.push_back(watched(sizing, method_run(sizing, sizing.size, "sgtm", rate, seed)));
  return table;
}

/// log10 of the relative gradient norms of a source's documents over forget or retain parameters, early or late.
std::vector<double> norms(const Finished& run, bool late, const char* source, const char* owner) {
  std::vector<double> logs;
  const auto& all = run.result.gradients;
  for (const GradientLook& look : all)
    if (look.forget_norms && look.source == source && (look.step == all.back().step) == late)
      for (const double norm : owner == std::string("forget") ? *look.forget_norms : *look.retain_norms)
        logs.push_back(std::log10(std::max(1e-12, norm)));
  return logs;
}

Figure figure_of(const Runs& runs, const std::string& size, bool late) {
  Figure figure{fmt::format("Gradients of held-out documents, {} in training, {}", late ? "late" : "early", size),
                "log10 of gradient norm / parameter norm", "density"};
  for (const char* source : {"forget", "retain"})
    for (const char* owner : {"forget", "retain"}) {
      std::vector<double> values;
      for (const Finished* run : runs)
        for (const double v : norms(*run, late, source, owner)) values.push_back(v);
      if (!values.empty())
        figure.series.push_back(
            {fmt::format("{} documents on {} parameters", source, owner),
             fmt::format("lines lw 1.5 {} lc rgb '{}'", owner == std::string("retain") ? "dt 2" : "",
                         source == std::string("forget") ? "#c1272d" : "#2e86ab"),
             density(values)});
    }
  return figure;
}

/// Mean log10 norm of forget documents minus that of retain documents, a number per seed.
std::vector<double> separations(const Runs& runs, bool late, const char* owner) {
  return values(runs, [&](const Finished& run) {
    return estimate_mean(norms(run, late, "forget", owner)).mean -
           estimate_mean(norms(run, late, "retain", owner)).mean;
  });
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis;
  analysis.table = {{"size", "when", "parameters", "seeds", "log10 norm, forget minus retain documents"}};
  for (const std::string& size : sizes_in(all)) {
    const auto of = runs_of(all, size, "sgtm", rate);
    for (const bool late : {false, true}) {
      const char* when = late ? "late" : "early";
      analysis.figures.emplace_back(fmt::format("gradient-norms-{}-{}", size, when), figure_of(of, size, late));
      for (const char* owner : {"forget", "retain"}) {
        const Estimated e = estimate_mean(separations(of, late, owner));
        analysis.table.push_back({size, when, owner, std::to_string(e.count), interval_text(e)});
        analysis.summary[size][when][owner] = interval_json(e);
      }
    }
    const auto on_forget = separations(of, true, "forget"), on_retain = separations(of, true, "retain");
    claim_above(analysis, size + ", late: forget documents move forget parameters more than retain documents do",
                on_forget, 0);
    claim_below(analysis, size + ", late: forget documents move retain parameters less than retain documents do",
                on_retain, 0);
    std::vector<double> weaker;
    for (std::size_t i = 0; i < on_forget.size(); ++i) weaker.push_back(on_forget[i] - std::abs(on_retain[i]));
    claim_above(analysis, size + ", late: the separation on retain parameters is weaker", weaker, 0);
  }
  return analysis;
}

Experiment experiment() {
  return {.name = "gradient-norms",
          .figure = "4b",
          .question = "Which parameters do unlabeled documents move?",
          .finding =
              "Unlabeled forget documents mostly move forget parameters, retain documents retain parameters; the "
              "separation "
              "on retain parameters is weaker.",
          .runs = runs,
          .analyse = analyse,
          .seeds = 5};
}

}  // namespace sgtm::gradient_separation
