#include "lab/analysis/penalty.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "lab/analysis/loss_figures.hpp"

namespace sgtm {
namespace {

/// C = 6 N D: FLOPs of the tokens that a run trained on.
double compute(const Finished& run) {
  double tokens = 0;
  for (const auto& [source, by_label] : run.result.tokens)
    for (const double count : by_label) tokens += count;
  return 6 * tokens * static_cast<double>(run.result.parameters);
}

/// Of sizes and seeds that have all budgets: one run of a larger size would bend the law.
Runs unfiltered_runs(const std::vector<Finished>& all) {
  const auto is_standard = [](const Finished& run) { return run.plan.method.starts_with("none"); };
  const auto group = [](const Finished& run) { return std::pair(run.plan.size, run.plan.config.seed); };
  std::map<std::pair<std::string, std::uint64_t>, std::size_t> finished;
  for (const Finished& run : all) finished[group(run)] += is_standard(run);
  Runs standard;
  for (const Finished& run : all)
    if (is_standard(run) && finished[group(run)] == std::size(budgets)) standard.push_back(&run);
  return standard;
}

double floor_of(const Finished& run, const char* source) {
  const auto floor = run.result.floor.find(source);
  return floor == run.result.floor.end() ? 0 : floor->second;
}

double above_floor(const Finished& run, const char* source) {
  constexpr double least = 1e-6;  // a held-out loss may lie below the floor by chance
  return std::max(least, loss_of(run, "calibrated", source) - floor_of(run, source));
}

Figure figure_of(const std::vector<Finished>& all, const PowerLaw& law, const PenaltyTable& t,
                 const PenaltyTable::Column& on) {
  Figure figure{fmt::format("{} against compute", on.title),
                "C = 6 N D, FLOP",
                fmt::format("{}: calibrated held-out loss, nats per token", on.source),
                {},
                "set logscale xy\n"};
  const double floor = floor_of(all.front(), on.source);
  Series line{fmt::format("{:.3g} + {:.3g} C^{:.3f}", floor, law.a, law.b.mean), "lines lc rgb '#8d99ae'"};
  std::vector<std::pair<double, double>> standard;
  for (const Finished* run : unfiltered_runs(all)) {
    const double c = compute(*run);
    standard.emplace_back(c, loss_of(*run, "calibrated", on.source));
    line.points.emplace_back(c, floor + law.at(c));
  }
  std::sort(line.points.begin(), line.points.end());
  const double least = line.points.front().first, most = line.points.back().first;
  figure.series.push_back(std::move(line));
  figure.series.push_back({"standard", "points pt 7 ps 0.6 lc rgb '#8d99ae'", standard});
  for (const char* method : t.methods) {
    Series means{method, fmt::format("xyerrorbars pt 5 ps 0.8 lc rgb '{}'", colour_of(method))};
    for (const std::string& size : sizes_in(all))
      if (const auto of = runs_of(all, size, method, t.undiscovered); !of.empty())
        add_point(means, mean_over(of, compute), mean_over(of, loss("calibrated", on.source)));
    if (!means.points.empty()) figure.series.push_back(std::move(means));
  }
  add_floor(figure, all.front(), on.source, least, most);
  return figure;
}

}  // namespace

std::optional<PowerLaw> standard_law(const std::vector<Finished>& all, const char* source) {
  std::vector<std::pair<double, double>> standard;
  for (const Finished* run : unfiltered_runs(all)) standard.emplace_back(compute(*run), above_floor(*run, source));
  return standard.empty() ? std::nullopt : std::optional(fit_power_law(standard));
}

BySeed penalties(const std::vector<Finished>& all, const std::string& size, const std::string& method,
                 double undiscovered, const char* source) {
  const auto law = standard_law(all, source);
  if (!law) return {};
  const auto used = [&](const Finished& run) {
    return 1 - penalty_in_compute(*law, above_floor(run, source), compute(run));
  };
  const BySeed of_standard = by_seed(runs_of(all, size, "none", 0), used);
  BySeed found;
  for (const auto& [seed, share] : by_seed(runs_of(all, size, method, undiscovered), used))
    if (method == "none")
      found[seed] = 100 * (1 - share);
    else if (of_standard.contains(seed))
      found[seed] = 100 * (1 - share / of_standard.at(seed));
  return found;
}

Analysis penalty_analysis(const std::vector<Finished>& all, const PenaltyTable& t) {
  if (!standard_law(all, "retain")) return loss_analysis(all);
  Analysis analysis;
  analysis.table = {{"size", "method", "seeds"}};
  for (const auto& on : t.columns) {
    const PowerLaw law = *standard_law(all, on.source);
    analysis.summary["law"][on.title] = law_json(law);
    analysis.table[0].push_back(fmt::format("compute penalty on {}, %", on.title));
    analysis.figures.emplace_back(on.figure, figure_of(all, law, t, on));
  }
  std::vector<NamedMethod> rows{{"standard, by the law", "none", 0}};
  for (const char* method : t.methods) rows.push_back({method, method, t.undiscovered});
  for (const std::string& size : sizes_in(all))
    for (const auto& [title, method, undiscovered] : rows) {
      const auto seeds = runs_of(all, size, method, undiscovered).size();
      if (seeds == 0) continue;
      analysis.table.push_back({size, title, std::to_string(seeds)});
      for (const auto& on : t.columns) {
        const BySeed percent = penalties(all, size, method, undiscovered, on.source);
        if (percent.empty()) {
          analysis.table.back().push_back("");
          continue;
        }
        const Estimated e = estimate_mean(values(percent));
        analysis.table.back().push_back(interval_text(e));
        analysis.summary["penalties"].push_back(
            {{"size", size}, {"method", title}, {"on", on.title}, {"percent", interval_json(e)}});
      }
    }
  return analysis;
}

}  // namespace sgtm
