#include "experiments/leakage_runs.hpp"

#include <fmt/format.h>

#include <cmath>

#include "eval/leakage.hpp"
#include "experiments/leak.hpp"
#include "experiments/methods.hpp"

namespace sgtm {
namespace {

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table = standard_runs(sizing, sizing.size);
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const char* method : {"sgtm", "gradient_routing"})
      for (const double rate : leak_rates)
        if (enough_documents(sizing, rate)) table.push_back(method_run(sizing, sizing.size, method, rate, seed));
  return table;
}

Figure curve_figure(const std::vector<Finished>& all, const std::string& size) {
  const StandardCurve curve = curve_of(all, size);
  Figure figure{fmt::format("Standard training on n forget tokens, {}", size),
                "n, forget tokens trained on (n = 0 is drawn at the left edge)",
                "forget loss, ablated, not calibrated, nats per token",
                {},
                "set logscale x\nset key inside top right\n"};
  Series line{"standard training", "linespoints lw 1.5 pt 7 lc rgb '#e09f3e'", {}};
  const double left = curve.size() > 1 ? curve[1].first / 3 : 1;
  for (const auto& [n, loss] : curve) line.points.emplace_back(n > 0 ? n : left, loss);
  figure.series.push_back(line);
  for (const char* method : {"sgtm", "gradient_routing"}) {
    Series points{method, fmt::format("points pt 5 ps 1.2 lc rgb '{}'", colour_of(method)), {}};
    for (const Leak& leak : leaks_of(all, size, method))
      points.points.emplace_back(std::max(leak.leakage.tokens, left), leak.loss);
    if (!points.points.empty()) figure.series.push_back(std::move(points));
  }
  return figure;
}

/// Filtering leaks all that it misses, so leakage below 1 is what a method has over it.
void judge(Analysis& analysis, const std::vector<Finished>& all, const std::string& size) {
  for (const double rate : leak_rates) {
    std::vector<double> ratios;
    for (const Leak& leak : leaks_of(all, size, "sgtm"))
      if (leak.undiscovered == rate) ratios.push_back(leak.leakage.ratio);
    if (ratios.empty()) continue;
    const Estimated e = estimate_mean(ratios);
    analysis.verdicts.push_back({fmt::format("{}, {:g} % undiscovered: SGTM's leakage is below 0.1", size, 100 * rate),
                                 e.low(), e.high(), 0.1, false});
  }
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis;
  analysis.table = leak_table(all);
  for (const std::string& size : sizes_in(all)) {
    if (!has_curve(all, size)) continue;
    analysis.summary[size] = leak_summary(all, size);
    analysis.figures.emplace_back("leakage-" + size, curve_figure(all, size));
    judge(analysis, all, size);
  }
  return analysis;
}

}  // namespace

Experiment leakage_runs() {
  return {"leakage",
          "5a",
          "How many forget tokens of ordinary training would have taught as much as leaked?",
          "64M parameters, 20 % undiscovered: 144M unlabeled forget tokens cost as much as 965k tokens of standard "
          "training, a leakage of 0.0067.",
          runs,
          analyse};
}

}  // namespace sgtm
