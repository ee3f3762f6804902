#pragma once

#include <algorithm>
#include <tuple>

#include "tests/support/attacks.hpp"
#include "tests/support/expected_figures.hpp"

// Lines that several experiments' figures have.

/// What a look tells, if it tells of what is wanted.
template <class Look>
using Told = std::function<std::optional<double>(const Look&)>;

/// The means of what the looks (evaluations, gradients or an attack) of runs tell, by look.
template <class Look>
std::vector<ExpectedPoint> course(const FinishedRuns& runs, std::vector<Look> sgtm::RunResult::*looks,
                                  std::size_t first, const Told<Look>& x, const Told<Look>& y) {
  std::vector<ExpectedPoint> points;
  const auto add = [&](const sgtm::Finished& run, const Told<Look>& told, Numbers ExpectedPoint::*axis) {
    std::size_t i = 0;
    for (const Look& look : run.result.*looks)
      if (const auto value = told(look)) {
        if (i >= points.size()) points.emplace_back();
        (points[i++].*axis).push_back(*value);
      }
  };
  for (const sgtm::Finished& run : runs) add(run, x, &ExpectedPoint::x), add(run, y, &ExpectedPoint::y);
  points.erase(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(first));
  return points;
}

/// Calibrated losses through training.
inline std::vector<ExpectedPoint> losses_on_the_way(const FinishedRuns& runs, const char* x, const char* y,
                                                    std::size_t first) {
  const auto of = [](const std::string& source) -> Told<sgtm::LossLook> {
    return [=](const sgtm::LossLook& look) {
      return look.source == source && look.state == "calibrated" ? std::optional(look.loss) : std::nullopt;
    };
  };
  return course(runs, &sgtm::RunResult::evaluations, first, of(x), of(y));
}

/// A line per method and false positive rate of a classifier's grid, against the share of forget documents it finds.
inline std::vector<ExpectedSeries> grid(const FinishedTable& table, const std::vector<std::string>& methods,
                                        const std::function<std::string(const std::string&, double, double)>& name,
                                        const Reading& reading) {
  std::vector<ExpectedSeries> lines;
  for (const std::string& method : methods)
    for (const double fpr : {0.0, 0.05, 0.2}) {
      lines.push_back({fmt::format("{}, FPR {:g}", method, fpr), Bars::y, {}});
      for (const double missed : {0.0, 0.2, 0.5})
        lines.back().points.push_back({{1 - missed}, table.of(name(method, missed, fpr), missed, reading)});
    }
  return lines;
}

/// Attacked models through an attack, and what is to be reached.
inline std::vector<ExpectedSeries> attacks(const Scene& scene,
                                           const std::vector<std::tuple<std::string, std::string, double>>& models,
                                           const Aim& aim) {
  const auto value = [&](const sgtm::AttackLook& look) { return aim.of_recall ? look.recall : look.forget; };
  const auto step = [&](const sgtm::AttackLook& look) {
    return value(look) ? std::optional(static_cast<double>(look.step)) : std::nullopt;
  };
  std::vector<ExpectedSeries> lines;
  double begin = 1e9, end = 0;
  for (const auto& [title, method, rate] : models) {
    lines.push_back({title, Bars::y,
                     course<sgtm::AttackLook>(scene.table.runs(method, rate), &sgtm::RunResult::relearning,
                                              aim.of_recall ? 0 : 1, step, value)});
    begin = std::min(begin, lines.back().points.front().x[0]), end = std::max(end, lines.back().points.back().x[0]);
  }
  const Numbers target = scene.table.of("none", 0, aim.target);
  lines.push_back({"goal", Bars::none, {{{begin}, target}, {{end}, target}}});
  if (!aim.of_recall) lines.push_back(scene.floor_line("forget", begin, end));
  return lines;
}
inline const std::string attack_axes =
    "set logscale xy\nset autoscale fix\nset yrange [0.25:*]\nset ytics (0.3, 0.5, 1, 2, 3, 5, 10, 20)\n";

/// Models unlearned by RMU: what they lost of what should stay, and how long the attack took to bring the loss back.
inline std::vector<ExpectedSeries> unlearned(const FinishedTable& table) {
  std::vector<ExpectedSeries> lines;
  for (const char* rate : {"0.03", "0.1", "0.3", "1", "3"}) {
    lines.push_back({fmt::format("rate {} of training's", rate), Bars::y, {}});
    for (const int strength : {4, 16, 64}) {
      Numbers damage, steps;
      for (const sgtm::Finished& run : table.runs(fmt::format("rate {} of training's, strength {}", rate, strength))) {
        damage.push_back(lost("ablated", "retain")(run) - lost("trained", "retain")(run));
        steps.push_back(back(run, loss_back(0.1), lost("trained", "forget")(run) + 0.1).steps);
      }
      lines.back().points.push_back({damage, steps});
    }
  }
  return lines;
}
