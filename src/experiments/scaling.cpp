#include "experiments/scaling.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/leak.hpp"
#include "experiments/methods.hpp"

namespace sgtm {
namespace {

constexpr const char* ladder[] = {"0.1M", "0.25M", "0.5M", "1M", "2.6M"};

/// The ladder up to the size that is asked for; that size alone where it stands on no ladder.
std::vector<std::string> sizes_up_to(const std::string& size) {
  const auto end = std::find(std::begin(ladder), std::end(ladder), size);
  if (end == std::end(ladder)) return {size};
  return {std::begin(ladder), end + 1};
}

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (const std::string& size : sizes_up_to(sizing.size)) {
    const auto standard = standard_runs(sizing, size);
    table.insert(table.end(), standard.begin(), standard.end());
    for (int seed = 1; seed <= sizing.seeds; ++seed)
      for (const double rate : leak_rates)
        if (enough_documents(sizing, rate)) table.push_back(method_run(sizing, size, "sgtm", rate, seed));
  }
  return table;
}

/// (parameters, leakage) of every run whose leakage was measured, not censored.
std::vector<std::pair<double, double>> points_of(const std::vector<Finished>& all, double rate, bool embeddings) {
  std::vector<std::pair<double, double>> points;
  for (const std::string& size : sizes_in(all)) {
    if (!has_curve(all, size)) continue;
    const RunConfig& config = runs_of(all, size, "filter", 0).front()->plan.config;
    double parameters = static_cast<double>(Layout(config.model).parameters());
    if (!embeddings)
      parameters -= static_cast<double>((config.model.vocabulary + config.model.context) * config.model.width);
    for (const Leak& leak : leaks_of(all, size, "sgtm"))
      if (leak.undiscovered == rate && leak.leakage.kind == LeakageKind::measured)
        points.emplace_back(parameters, leak.leakage.ratio);
  }
  return points;
}

bool several_sizes(const std::vector<std::pair<double, double>>& points) {
  return std::any_of(points.begin(), points.end(), [&](const auto& p) { return p.first != points.front().first; });
}

Figure figure_of(const std::vector<Finished>& all, bool embeddings) {
  Figure figure{embeddings ? "Leakage against size" : "Leakage against size without embeddings",
                embeddings ? "parameters" : "parameters without embeddings",
                "leakage: n* / unlabeled forget tokens",
                {},
                "set logscale xy\nset key outside right\n"};
  constexpr const char* colours[] = {"#8d99ae", "#2e86ab", "#e09f3e", "#c1272d"};
  std::size_t colour = 0;
  for (const double rate : leak_rates) {
    Series series{fmt::format("{:g} % undiscovered", 100 * rate),
                  fmt::format("points pt 7 lc rgb '{}'", colours[colour]), points_of(all, rate, embeddings)};
    if (!series.points.empty() && several_sizes(series.points)) {
      const PowerLaw law = fit_power_law(series.points);
      Series line{"", fmt::format("lines lc rgb '{}'", colours[colour]), {}};
      for (const auto& [n, ratio] : series.points) line.points.emplace_back(n, law.at(n));
      figure.series.push_back(std::move(line));
    }
    if (!series.points.empty()) figure.series.push_back(std::move(series));
    ++colour;
  }
  return figure;
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis;
  analysis.table = leak_table(all);
  for (const std::string& size : sizes_in(all))
    if (has_curve(all, size)) analysis.summary[size] = leak_summary(all, size);
  for (const bool embeddings : {true, false}) {
    Figure figure = figure_of(all, embeddings);
    if (!figure.series.empty())
      analysis.figures.emplace_back(embeddings ? "scaling" : "scaling-without-embeddings", std::move(figure));
  }
  for (const double rate : leak_rates) {
    const auto points = points_of(all, rate, true);
    if (points.empty() || !several_sizes(points)) continue;
    const PowerLaw law = fit_power_law(points);
    analysis.verdicts.push_back(
        {fmt::format("{:g} % undiscovered: the exponent of leakage over parameters is below 0 (censored runs left out)",
                     100 * rate),
         law.b.low(), law.b.high(), 0, false});
  }
  return analysis;
}

}  // namespace

Experiment scaling() {
  return {"scaling",
          "5b",
          "Does less leak as models grow?",
          "Leakage falls with size at every rate, from 8M to 64M parameters; at 64M it is 0.005 to 0.02 up to 40 % "
          "undiscovered.",
          runs,
          analyse};
}

}  // namespace sgtm
