#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lab/analysis/leak.hpp"
#include "lab/analysis/loss_figures.hpp"
#include "lab/experiments/method_runs.hpp"

namespace sgtm::scaling {

/// SGTM with as many forget heads and units as 0.25M has, whatever the size, as the paper does with its own counts: the
/// forget share falls as models grow.
constexpr const char* constant_counts = "sgtm, constant counts";
constexpr const char* first_constant = "0.25M";

PlannedRun with_constant_counts(const Sizing& sizing, PlannedRun run) {
  const SplitConfig counts = sizing.preset(first_constant).split;
  run.config.split.forget_heads = counts.forget_heads;
  run.config.split.forget_units = counts.forget_units;
  run.method = constant_counts;
  return run;
}

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  bool constant = false;
  for (const std::string& size : sizes_up_to(sizing.size)) {
    const auto standard = standard_runs(sizing, size);
    table.insert(table.end(), standard.begin(), standard.end());
    constant = constant || size == first_constant;
    for (int seed = 1; seed <= sizing.seeds; ++seed)
      for (const double rate : possible_rates(sizing, size, leak_rates)) {
        const PlannedRun run = method_run(sizing, size, "sgtm", rate, seed);
        table.push_back(run);
        if (constant) table.push_back(with_constant_counts(sizing, run));
      }
  }
  return table;
}

/// One curve of the figures: which runs, and what counts as size.
struct Scale {
  const char* file;
  const char* title;
  const char* method;
  bool embeddings;
};
constexpr Scale scales[] = {
    {"scaling", "Leakage against size, an eighth is forget", "sgtm", true},
    {"scaling-without-embeddings", "Leakage against size without embeddings, an eighth is forget", "sgtm", false},
    {"scaling-constant-counts", "Leakage against size, 1 head and 24 units are forget", constant_counts, true}};

using Points = std::vector<std::pair<double, double>>;

/// Without embeddings the logits' bias doesn't count either: it too grows with the vocabulary.
double parameters_of(const ModelConfig& model, bool embeddings) {
  const Index of_words = model.vocabulary * (model.width + 1) + model.context * model.width;
  return static_cast<double>(Layout(model).parameters() - (embeddings ? 0 : of_words));
}

/// A run's leak, with its size and that in parameters.
struct Placed {
  std::string size;
  double parameters;
  Leak leak;
};

std::vector<Placed> placed_leaks(const std::vector<Finished>& all, const Scale& scale) {
  std::vector<Placed> leaks;
  for (const std::string& size : sizes_in(all))
    for (const Leak& leak : leaks_of(all, size, scale.method)) {
      const ModelConfig& model = runs_of(all, size, "filter", 0).front()->plan.config.model;
      leaks.push_back({size, parameters_of(model, scale.embeddings), leak});
    }
  return leaks;
}

/// (parameters, leakage) of every run at this rate whose leakage is of this kind.
Points points_of(const std::vector<Placed>& leaks, double rate, LeakageKind kind) {
  Points points;
  for (const auto& [size, parameters, leak] : leaks)
    if (leak.undiscovered == rate && leak.leakage.kind == kind) points.emplace_back(parameters, leak.leakage.ratio);
  return points;
}

bool several_sizes(const Points& points) {
  return std::any_of(points.begin(), points.end(), [&](const auto& p) { return p.first != points.front().first; });
}

Series law_through(const Points& points, const char* colour) {
  const PowerLaw law = fit_power_law(points);
  Series line{"", fmt::format("lines lc rgb '{}'", colour)};
  for (const auto& [parameters, ratio] : points) line.points.emplace_back(parameters, law.at(parameters));
  return line;
}

/// Rates stand side by side.
Points shifted(Points points, std::size_t rate) {
  for (auto& [parameters, ratio] : points) parameters *= std::pow(1.05, static_cast<double>(rate) - 1.5);
  return points;
}

/// The means over seeds of each size, with their intervals.
Series means_of(const Points& points, const char* colour) {
  std::map<double, std::vector<double>> by_size;
  for (const auto& [parameters, ratio] : points) by_size[parameters].push_back(ratio);
  Series means{"", fmt::format("yerrorbars pt 7 lw 1.5 lc rgb '{}'", colour)};
  for (const auto& [parameters, ratios] : by_size) add_point(means, parameters, estimate_mean(ratios));
  return means;
}

/// A logarithmic axis with the sizes' names, and some room on both sides.
std::string size_axis(const std::vector<Placed>& leaks) {
  std::map<double, std::string> names;
  for (const Placed& l : leaks) names[l.parameters] = l.size;
  std::vector<std::string> tics;
  for (const auto& [parameters, size] : names) tics.push_back(fmt::format("'{}' {}", size, parameters));
  return names.empty() ? ""
                       : fmt::format("set xtics ({})\nset xrange [{}:{}]\n", fmt::join(tics, ", "),
                                     names.begin()->first / 1.3, names.rbegin()->first * 1.3);
}

Figure figure_of(const std::vector<Placed>& leaks, const Scale& scale) {
  Figure figure{scale.title,
                scale.embeddings
                    ? "parameters (logarithmic; rates side by side)"
                    : "parameters without embeddings and the logits' bias (logarithmic; rates side by side)",
                "leakage: n* / unlabeled forget tokens",
                {},
                "set logscale xy\n" + size_axis(leaks)};
  constexpr const char* colours[] = {"#8d99ae", "#2e86ab", "#e09f3e", "#c1272d"};
  for (std::size_t r = 0; r < std::size(leak_rates); ++r) {
    const Points points = points_of(leaks, leak_rates[r], LeakageKind::measured);
    if (several_sizes(points)) figure.series.push_back(law_through(points, colours[r]));
    if (!points.empty()) {
      figure.series.push_back(means_of(shifted(points, r), colours[r]));
      figure.series.push_back({fmt::format("{:g} % undiscovered", 100 * leak_rates[r]),
                               fmt::format("points pt 6 ps 0.6 lc rgb '{}'", colours[r]), shifted(points, r)});
    }
    const Points bounds = points_of(leaks, leak_rates[r], LeakageKind::upper_bound);
    if (!bounds.empty())
      figure.series.push_back({fmt::format("{:g} %, at most", 100 * leak_rates[r]),
                               fmt::format("points pt 10 lc rgb '{}'", colours[r]), shifted(bounds, r)});
  }
  return figure;
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis;
  analysis.table = leak_table(all), analysis.means = leak_means(all);
  for (const std::string& size : sizes_in(all)) {
    if (!has_curve(all, size)) continue;
    analysis.summary[size] = leak_summary(all, size);
    analysis.figures.emplace_back("standard-curve-" + size, standard_curve_figure(all, size));
  }
  for (const Scale& scale : scales) {
    const std::vector<Placed> leaks = placed_leaks(all, scale);
    analysis.figures.emplace_back(scale.file, figure_of(leaks, scale));
    for (const double rate : leak_rates) {
      const Points points = points_of(leaks, rate, LeakageKind::measured);
      if (!several_sizes(points)) continue;
      const PowerLaw law = fit_power_law(points);
      // A line through the measured runs can't hold these: no leakage seen, at most so much, at least so much.
      const auto excluded = std::count_if(leaks.begin(), leaks.end(), [rate](const Placed& l) {
        return l.leak.undiscovered == rate && l.leak.leakage.kind != LeakageKind::measured;
      });
      analysis.summary["fits"].push_back({{"figure", scale.file},
                                          {"undiscovered", rate},
                                          {"law", law_json(law)},
                                          {"left out, not measured", excluded}});
      claim_below(analysis,
                  fmt::format("{}, {:g} % undiscovered: its exponent is below 0 (of a line through all measured runs; "
                              "{} left out)",
                              scale.title, 100 * rate, excluded),
                  law.b, 0);
    }
  }
  return analysis;
}

Experiment experiment() {
  return {.name = "scaling",
          .figure = "5b",
          .question = "Does less leak as models grow?",
          .finding =
              "Leakage falls with size at every rate, from 8M to 64M parameters; at 64M it is 0.005 to 0.02 up to 40 % "
              "undiscovered.",
          .runs = runs,
          .analyse = analyse,
          .size = "0.5M"};
}

}  // namespace sgtm::scaling
