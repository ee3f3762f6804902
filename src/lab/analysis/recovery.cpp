#include "lab/analysis/recovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lab/analysis/loss_figures.hpp"

namespace sgtm {
namespace {

/// What the goal looks at against steps.
LossCourse attack_course(const Finished& run, const Goal& goal) {
  LossCourse points;
  for (const AttackLook& look : run.result.relearning)
    if (!goal.rising || look.recall) points.emplace_back(look.step, goal.rising ? *look.recall : look.forget);
  return points;
}

Recovery recovery(const Finished& run, const Goal& goal, double target) {
  const double sign = goal.rising ? -1 : 1;
  std::vector<std::pair<double, double>> by_value;
  for (const auto& [step, value] : attack_course(run, goal)) by_value.emplace_back(sign * value, step);
  const AttackLook& last = run.result.relearning.back();
  const auto all = static_cast<double>(last.step);
  const auto steps = first_fall_to(by_value, sign * target);
  const double made = steps.value_or(all);
  return {made, made * (last.forget_tokens / all), steps.has_value()};
}

/// How far from the half run to the whole one general loss falls to SGTM's; all the way where the half one is no worse.
double part_of_way(double half, double whole, double sgtm) {
  const double gained = half - whole;
  return gained > 0 ? std::clamp((half - sgtm) / gained, 0.0, 1.0) : 1;
}

Recovery between(const Recovery& from, const Recovery& to, double part) {
  return {from.steps + part * (to.steps - from.steps), from.tokens + part * (to.tokens - from.tokens),
          (part == 1 || from.reached) && (part == 0 || to.reached)};
}

}  // namespace

Goal loss_goal(const char* name, const char* words, double nats) {
  return {name, words, [nats](const Finished& none) { return loss_of(none, "trained", "forget") + nats; }, false,
          "held-out forget loss, nats per token"};
}

Recoveries recoveries(const Runs& attacked, const Runs& unfiltered, const Goal& goal) {
  Recoveries found;
  for (const auto& [run, none] : of_equal_seed(attacked, unfiltered))
    found[run->plan.config.seed] = recovery(*run, goal, goal.of_unfiltered(*none));
  return found;
}

Recoveries matched_recoveries(const Runs& half, const Runs& whole, const Runs& sgtm, const Runs& unfiltered,
                              const Goal& goal) {
  const Measure retain = loss("calibrated", "retain");
  const BySeed of_sgtm = by_seed(sgtm, retain), of_half = by_seed(half, retain), of_whole = by_seed(whole, retain);
  const auto from = recoveries(half, unfiltered, goal), to = recoveries(whole, unfiltered, goal);
  Recoveries found;
  for (const auto& [seed, recovery] : from)
    if (to.contains(seed) && of_sgtm.contains(seed))
      found[seed] = between(recovery, to.at(seed), part_of_way(of_half.at(seed), of_whole.at(seed), of_sgtm.at(seed)));
  return found;
}

std::vector<double> more_steps(const Recoveries& first, const Recoveries& second) {
  std::vector<double> differences;
  for (const auto& [seed, a] : first) {
    const auto found = second.find(seed);
    if (found == second.end()) continue;
    const Recovery& b = found->second;
    const bool known = a.reached ? b.reached || b.steps >= a.steps : b.reached && a.steps >= b.steps;
    if (known) differences.push_back(a.steps - b.steps);
  }
  return differences;
}

MeanRecovery mean_recovery(const Recoveries& recovered) {
  std::vector<double> steps, tokens;
  int reached = 0;
  for (const auto& [seed, r] : recovered) steps.push_back(r.steps), tokens.push_back(r.tokens), reached += r.reached;
  return {estimate_mean(steps), estimate_mean(tokens), reached};
}

std::string recovery_text(const MeanRecovery& recovered) {
  if (recovered.reached == 0) return fmt::format("never in {}", recovered.steps.mean);
  if (recovered.reached == recovered.steps.count) return interval_text(recovered.steps);
  return fmt::format("{} ({} of {} came back)", interval_text(recovered.steps), recovered.reached,
                     recovered.steps.count);
}

nlohmann::ordered_json add_recovery_row(Analysis& analysis, std::vector<std::string> head,
                                        const Recoveries& recovered) {
  const auto [steps, tokens, reached] = mean_recovery(recovered);
  for (const std::string& cell :
       {interval_text(steps), fmt::format("{:.0f}", tokens.mean), fmt::format("{} of {}", reached, steps.count)})
    head.push_back(cell);
  analysis.table.push_back(std::move(head));
  return {{"steps", interval_json(steps)}, {"forget_tokens", interval_json(tokens)}, {"reached", reached}};
}

Figure recovery_figure(const std::string& title, const std::vector<AttackedModels>& models, const Runs& unfiltered,
                       const Goal& goal) {
  // A loss falls by ten nats in the first steps, and by the tenth that matters in the last thousand.
  const bool logarithmic = !goal.rising;
  Figure figure{title, "steps of the attack", goal.y_label};
  if (logarithmic)
    figure.settings =
        "set logscale xy\nset autoscale fix\nset yrange [0.25:*]\nset ytics (0.3, 0.5, 1, 2, 3, 5, 10, 20)\n";
  double begin = INFINITY, end = 0;
  for (const AttackedModels& model : models) {
    Series line{model.title, fmt::format("yerrorlines lw 1 pt 7 ps 0.2 lc rgb '{}'", model.colour)};
    const auto course_of = [&goal](const Finished& run) { return attack_course(run, goal); };
    add_mean_course(line, model.runs, course_of, logarithmic ? 1 : 0);  // the first look is before the attack
    if (line.points.empty()) continue;
    begin = std::min(begin, line.points.front().first), end = std::max(end, line.points.back().first);
    figure.series.push_back(std::move(line));
  }
  if (figure.series.empty() || unfiltered.empty()) return figure;
  const double target = mean_over(unfiltered, goal.of_unfiltered).mean;
  figure.series.push_back({"goal", "lines dt 3 lc rgb '#8d99ae'", {{begin, target}, {end, target}}});
  if (logarithmic) add_floor(figure, *unfiltered.front(), "forget", begin, end);
  return figure;
}

}  // namespace sgtm
