#include <fmt/format.h>

#include "lab/analysis/loss_figures.hpp"
#include "lab/experiments/method_runs.hpp"

namespace sgtm::forget_share {

constexpr double rate = 0.2;
constexpr Index parts[] = {8, 4, 2};  // an eighth, a quarter, half
/// What a part of is forget.
struct Family {
  const char* title;
  bool heads, units;
};
constexpr Family families[] = {
    {"heads and units", true, true}, {"heads only", true, false}, {"units only", false, true}};

std::string cell_name(const Family& family, Index part) {
  return fmt::format("1/{} of {}", part, family.title);
}

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed) {
    table.push_back(method_run(sizing, sizing.size, "none", 0, seed));  // nothing is forget
    for (const Family& family : families)
      for (const Index part : parts) {
        PlannedRun run = method_run(sizing, sizing.size, "sgtm", rate, seed);
        const ModelConfig& model = run.config.model;
        run.config.split.forget_heads = family.heads ? model.heads / part : 0;
        run.config.split.forget_units = family.units ? model.mlp_width / part : 0;
        run.method = cell_name(family, part);
        table.push_back(run);
      }
  }
  return table;
}

Figure figure_of(const std::vector<Finished>& all, const std::string& size, const char* source) {
  Figure figure{fmt::format("How much is given to forget, {}: {}", size, source),
                "share that is forget",
                fmt::format("{}: calibrated held-out loss, nats per token", source),
                {},
                "set xrange [-0.02:0.55]\n"};
  constexpr const char* colours[] = {"#2e86ab", "#e09f3e", "#1b998b"};
  for (std::size_t f = 0; f < std::size(families); ++f) {
    Series line{families[f].title, fmt::format("yerrorlines lw 1.5 pt 7 lc rgb '{}'", colours[f])};
    const auto add = [&](double share, const Runs& of) {
      if (!of.empty()) add_point(line, share, mean_over(of, loss("calibrated", source)));
    };
    add(0, runs_of(all, size, "none", 0));
    for (const Index part : parts)
      add(1 / static_cast<double>(part), runs_of(all, size, cell_name(families[f], part), rate));
    figure.series.push_back(std::move(line));
  }
  add_floor(figure, one_of(all, size), source, 0, 0.5);
  return figure;
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = loss_analysis(all);
  for (const std::string& size : sizes_in(all)) {
    for (const char* source : {"forget", "retain"})
      analysis.figures.emplace_back(fmt::format("forget-share-{}-{}", size, source), figure_of(all, size, source));
    const auto eighth = runs_of(all, size, cell_name(families[0], 8), rate),
               half = runs_of(all, size, cell_name(families[0], 2), rate);
    claim_above(analysis, size + ": half of the width forgets more than an eighth",
                paired_differences(eighth, half, loss("calibrated", "forget")), 0);
    claim_above(analysis, size + ": and costs more English",
                paired_differences(eighth, half, loss("calibrated", "retain")), 0);
    for (std::size_t f : {1u, 2u})
      claim_above(
          analysis, fmt::format("{}: an eighth of {} forgets less than an eighth of both", size, families[f].title),
          paired_differences(runs_of(all, size, cell_name(families[f], 8), rate), eighth, loss("calibrated", "forget")),
          0);
  }
  return analysis;
}

Experiment experiment() {
  return {.name = "forget-share",
          .question = "How many heads and units need to be forget, and which?",
          .finding = "One head of 32 and 64 units are forget at every size; other shares are not reported.",
          .runs = runs,
          .analyse = analyse};
}

}  // namespace sgtm::forget_share
