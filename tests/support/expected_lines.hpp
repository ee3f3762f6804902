#pragma once

#include <algorithm>
#include <tuple>

#include "tests/support/attacks.hpp"
#include "tests/support/expected_figures.hpp"

// Lines that several experiments' figures have.

/// The means of what the looks (evaluations, gradients or an attack) of runs tell, by look.
using Look = nlohmann::ordered_json;
inline std::vector<ExpectedPoint> course(const FinishedRuns& runs, const char* looks, std::size_t first,
                                         const std::function<bool(const Look&)>& of_x, const char* x,
                                         const std::function<bool(const Look&)>& of_y, const char* y) {
  std::vector<ExpectedPoint> points;
  const auto add = [&](const sgtm::Finished& run, const auto& wanted, const char* what, Numbers ExpectedPoint::*axis) {
    std::size_t i = 0;
    for (const Look& look : run.result.at(looks))
      if (wanted(look)) {
        if (i >= points.size()) points.emplace_back();
        (points[i++].*axis).push_back(look.at(what));
      }
  };
  for (const sgtm::Finished& run : runs) add(run, of_x, x, &ExpectedPoint::x), add(run, of_y, y, &ExpectedPoint::y);
  points.erase(points.begin(), points.begin() + static_cast<std::ptrdiff_t>(first));
  return points;
}

inline auto look_at(const std::string& source, const std::string& state = "") {
  return [=](const Look& look) { return look.at("source") == source && (state.empty() || look.at("state") == state); };
}

/// Calibrated losses through training.
inline std::vector<ExpectedPoint> losses_on_the_way(const FinishedRuns& runs, const char* x, const char* y,
                                                    std::size_t first) {
  return course(runs, "evaluations", first, look_at(x, "calibrated"), "loss", look_at(y, "calibrated"), "loss");
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
  const bool recall = aim.curve == std::string("recall");
  const auto seen = [&](const Look& look) { return look.contains(aim.curve); };
  std::vector<ExpectedSeries> lines;
  double begin = 1e9, end = 0;
  for (const auto& [title, method, rate] : models) {
    lines.push_back(
        {title, Bars::y,
         course(scene.table.runs(method, rate), "relearning", recall ? 0 : 1, seen, "step", seen, aim.curve)});
    begin = std::min(begin, lines.back().points.front().x[0]), end = std::max(end, lines.back().points.back().x[0]);
  }
  const Numbers target = scene.table.of("none", 0, aim.target);
  lines.push_back({"goal", Bars::none, {{{begin}, target}, {{end}, target}}});
  if (!recall) lines.push_back(scene.floor_line("forget", begin, end));
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
