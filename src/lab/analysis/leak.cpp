#include "lab/analysis/leak.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "lab/analysis/loss_figures.hpp"

namespace sgtm {
namespace {

double unlabeled_tokens(const Finished& run) {
  return run.result.tokens.at("forget")[Label::unlabeled];
}

/// Means over seeds. Seeds draw documents of different length, so their n differ a little: a share is one point.
std::vector<std::pair<double, Estimated>> mean_curve(const std::vector<Finished>& all, const std::string& size) {
  std::vector<std::pair<double, Estimated>> curve;
  for (const double share : rates_in(all, size, "filter")) {
    const auto runs = runs_of(all, size, "filter", share);
    const double n = mean_over(runs, unlabeled_tokens).mean;
    curve.emplace_back(n, mean_over(runs, loss("trained", "forget")));
  }
  std::sort(curve.begin(), curve.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return curve;
}

template <class Number>
Estimated mean_of(const std::vector<Leak>& leaks, const Number& number) {
  std::vector<double> numbers;
  for (const Leak& leak : leaks) numbers.push_back(number(leak));
  return estimate_mean(numbers);
}

constexpr auto n_star = [](const Leak& leak) { return leak.leakage.tokens; };
constexpr auto ratio = [](const Leak& leak) { return leak.leakage.ratio; };

}  // namespace

StandardCurve curve_of(const std::vector<Finished>& all, const std::string& size, std::uint64_t seed) {
  StandardCurve points;
  for (const double share : rates_in(all, size, "filter")) {
    const auto runs = runs_of(all, size, "filter", share);
    const auto own =
        std::find_if(runs.begin(), runs.end(), [seed](const Finished* run) { return run->plan.config.seed == seed; });
    if (own == runs.end()) return {};
    points.emplace_back(unlabeled_tokens(**own), loss_of(**own, "trained", "forget"));
  }
  std::sort(points.begin(), points.end());
  return points.size() >= 2 && points.front().first == 0 ? points : StandardCurve{};
}

bool has_curve(const std::vector<Finished>& all, const std::string& size) {
  const auto perfect = runs_of(all, size, "filter", 0);
  return std::any_of(perfect.begin(), perfect.end(),
                     [&](const Finished* run) { return !curve_of(all, size, run->plan.config.seed).empty(); });
}

std::vector<Leak> leaks_of(const std::vector<Finished>& all, const std::string& size, const std::string& method,
                           double undiscovered) {
  std::vector<Leak> leaks;
  for (const Finished* run : runs_of(all, size, method, undiscovered)) {
    const std::uint64_t seed = run->plan.config.seed;
    const StandardCurve curve = curve_of(all, size, seed);
    if (curve.empty()) continue;
    const double unlabeled = unlabeled_tokens(*run), loss = loss_of(*run, "ablated", "forget");
    leaks.push_back({seed, undiscovered, unlabeled, loss, leakage(curve, loss, unlabeled)});
  }
  return leaks;
}

std::vector<Leak> leaks_of(const std::vector<Finished>& all, const std::string& size, const std::string& method) {
  std::vector<Leak> leaks;
  for (const double rate : rates_in(all, size, method))
    for (const Leak& leak : leaks_of(all, size, method, rate)) leaks.push_back(leak);
  return leaks;
}

Figure standard_curve_figure(const std::vector<Finished>& all, const std::string& size) {
  Figure figure{fmt::format("Standard training on n forget tokens, {}; methods by their own seeds' curves", size),
                "n, forget tokens trained on (n = 0 is drawn at the left edge)",
                "forget loss, ablated, not calibrated, nats per token",
                {},
                "set logscale x\nset key inside top right\n"};
  const auto curve = mean_curve(all, size);
  const double left = curve[1].first / 3;
  Series line{"standard training", "yerrorlines lw 1.5 pt 7 lc rgb '#e09f3e'"};
  for (const auto& [n, loss] : curve) add_point(line, std::max(n, left), loss);
  figure.series.push_back(line);
  for (const char* method : {"sgtm", "gradient_routing"}) {
    Series points{method, fmt::format("points pt 5 ps 1.2 lc rgb '{}'", colour_of(method))};
    for (const Leak& leak : leaks_of(all, size, method))
      points.points.emplace_back(std::max(leak.leakage.tokens, left), leak.loss);
    if (!points.points.empty()) figure.series.push_back(std::move(points));
  }
  add_floor(figure, one_of(all, size), "forget", left, curve.back().first);
  return figure;
}

std::vector<std::vector<std::string>> leak_table(const std::vector<Finished>& all) {
  std::vector<std::vector<std::string>> table{
      {"size", "method", "undiscovered", "seed", "unlabeled tokens", "forget loss", "n*", "leakage", "how"}};
  for (const std::string& size : sizes_in(all)) {
    if (!has_curve(all, size)) continue;
    for (const std::string& method : methods_in(all, size))
      if (method != "filter")
        for (const Leak& l : leaks_of(all, size, method))
          table.push_back({size, method, fmt::format("{:g} %", 100 * l.undiscovered), std::to_string(l.seed),
                           fmt::format("{:.0f}", l.unlabeled_tokens), fmt::format("{:.3f}", l.loss),
                           fmt::format("{:.0f}", l.leakage.tokens), fmt::format("{:.4f}", l.leakage.ratio),
                           name(l.leakage.kind)});
  }
  return table;
}

std::vector<std::vector<std::string>> leak_means(const std::vector<Finished>& all) {
  std::vector<std::vector<std::string>> table{
      {"size", "method", "undiscovered", "seeds", "unlabeled tokens", "forget loss", "n*", "leakage", "measured"}};
  for (const std::string& size : sizes_in(all))
    for (const std::string& method : methods_in(all, size))
      for (const double rate : rates_in(all, size, method)) {
        const std::vector<Leak> leaks = method == "filter" ? std::vector<Leak>{} : leaks_of(all, size, method, rate);
        if (leaks.empty()) continue;
        const auto measured = std::count_if(leaks.begin(), leaks.end(),
                                            [](const Leak& l) { return l.leakage.kind == LeakageKind::measured; });
        table.push_back({size, method, fmt::format("{:g} %", 100 * rate), std::to_string(leaks.size()),
                         fmt::format("{:.0f}", mean_of(leaks, [](const Leak& l) { return l.unlabeled_tokens; }).mean),
                         interval_text(mean_of(leaks, [](const Leak& l) { return l.loss; })),
                         interval_text(mean_of(leaks, n_star), 0), interval_text(mean_of(leaks, ratio), 4),
                         fmt::format("{} of {}", measured, leaks.size())});
      }
  return table;
}

nlohmann::ordered_json leak_summary(const std::vector<Finished>& all, const std::string& size) {
  nlohmann::ordered_json json;
  for (const auto& [n, loss] : mean_curve(all, size))
    json["standard_curve"].push_back({{"n", n}, {"forget_loss", interval_json(loss)}});
  for (const std::string& method : methods_in(all, size)) {
    if (method == "filter") continue;
    for (const double rate : rates_in(all, size, method)) {
      const std::vector<Leak> leaks = leaks_of(all, size, method, rate);
      if (leaks.empty()) continue;
      json["means"].push_back({{"method", method},
                               {"undiscovered", rate},
                               {"n_star", interval_json(mean_of(leaks, n_star))},
                               {"leakage", interval_json(mean_of(leaks, ratio))}});
      for (const Leak& l : leaks)
        json["leaks"].push_back({{"method", method},
                                 {"undiscovered", rate},
                                 {"seed", l.seed},
                                 {"unlabeled_tokens", l.unlabeled_tokens},
                                 {"forget_loss", l.loss},
                                 {"n_star", l.leakage.tokens},
                                 {"leakage", l.leakage.ratio},
                                 {"kind", name(l.leakage.kind)}});
    }
  }
  return json;
}

}  // namespace sgtm
