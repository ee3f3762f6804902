#include "experiments/compute_penalty.hpp"

#include <fmt/format.h>

#include "eval/statistics.hpp"
#include "experiments/ladder.hpp"
#include "experiments/methods.hpp"

namespace sgtm {
namespace {

constexpr double rate = 0.2;
constexpr double budgets[] = {0.25, 0.5, 1};

/// `none` on a share of the size's tokens: a standard run of less compute.
PlannedRun standard(const Sizing& sizing, const std::string& size, double budget, int seed) {
  PlannedRun run = method_run(sizing, size, "none", 0, seed);
  run.config.tokens *= budget;
  if (budget < 1) run.method = fmt::format("none, {:g} of the tokens", budget);
  return run;
}

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (const std::string& size : sizes_up_to(sizing.size))
    for (int seed = 1; seed <= sizing.seeds; ++seed) {
      for (const double budget : budgets) table.push_back(standard(sizing, size, budget, seed));
      for (const char* method : {"filter", "sgtm", "gradient_routing"})
        table.push_back(method_run(sizing, size, method, rate, seed));
    }
  return table;
}

/// C = 6 N D: FLOPs of the tokens that a run trained on.
double compute(const Finished& run) {
  double tokens = 0;
  for (const auto& [source, by_label] : run.result["tokens"].items())
    for (const auto& [label, count] : by_label.items()) tokens += count.get<double>();
  return 6 * tokens * run.result["parameters"].get<double>();
}

bool is_standard(const Finished& run) {
  return run.plan.method.starts_with("none");
}

/// (C, English loss) of the standard runs.
std::vector<std::pair<double, double>> standard_points(const std::vector<Finished>& all) {
  std::vector<std::pair<double, double>> points;
  for (const Finished& run : all)
    if (is_standard(run)) points.emplace_back(compute(run), loss_of(run, "calibrated", "retain"));
  return points;
}

Figure figure_of(const std::vector<Finished>& all, const PowerLaw& law) {
  Figure figure{"English against compute",
                "C = 6 N D, FLOP",
                "retain: calibrated held-out loss, nats per token",
                {},
                "set logscale xy\n"};
  Series line{fmt::format("{:.3g} C^{:.3f}", law.a, law.b.mean), "lines lc rgb '#8d99ae'", {}};
  for (const auto& [c, loss] : standard_points(all)) line.points.emplace_back(c, law.at(c));
  std::sort(line.points.begin(), line.points.end());
  const double least = line.points.front().first, most = line.points.back().first;
  figure.series.push_back(std::move(line));
  figure.series.push_back({"standard", "points pt 7 ps 0.6 lc rgb '#8d99ae'", standard_points(all)});
  for (const char* method : {"filter", "sgtm", "gradient_routing"}) {
    Series points{method, fmt::format("points pt 5 ps 0.8 lc rgb '{}'", colour_of(method)), {}};
    for (const Finished& run : all)
      if (run.plan.method == method) points.points.emplace_back(compute(run), loss_of(run, "calibrated", "retain"));
    if (!points.points.empty()) figure.series.push_back(std::move(points));
  }
  add_floor(figure, all, "retain", least, most);
  return figure;
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis;
  const auto points = standard_points(all);
  if (points.size() < 3) return loss_analysis(all);
  const PowerLaw law = fit_power_law(points);
  analysis.summary["law"] = {{"a", law.a}, {"b", interval_json(law.b)}};
  analysis.table = {{"size", "method", "seeds", "compute penalty on English, %"}};
  for (const std::string& size : sizes_in(all))
    for (const char* method : {"filter", "sgtm", "gradient_routing"}) {
      std::vector<double> penalties;
      for (const Finished* run : runs_of(all, size, method, rate))
        penalties.push_back(100 * compute_penalty(law, loss_of(*run, "calibrated", "retain"), compute(*run)));
      if (penalties.empty()) continue;
      const Estimated e = estimate_mean(penalties);
      analysis.table.push_back({size, method, std::to_string(e.count), interval_text(e)});
      analysis.summary["penalties"].push_back({{"size", size}, {"method", method}, {"percent", interval_json(e)}});
      if (method == std::string("sgtm"))
        judge(analysis, size + ": SGTM's compute penalty on English is below 20 %", penalties, 20, false);
    }
  analysis.figures.emplace_back("compute-penalty", figure_of(all, law));
  return analysis;
}

}  // namespace

Experiment compute_penalty_runs() {
  return {"compute-penalty",
          "9",
          "How much of its compute does a method waste, as English goes?",
          "On general knowledge SGTM wastes 5 % of its compute; filters gain 10 to 15 %.",
          runs,
          analyse};
}

}  // namespace sgtm
