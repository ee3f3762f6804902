#include <fmt/format.h>

#include "lab/analysis/loss_figures.hpp"
#include "lab/experiments/method_runs.hpp"

namespace sgtm::absorption {

constexpr double rate = 0.2;

struct Schedule {
  const char* name;
  double from, until;
};
constexpr Schedule schedules[] = {
    {"sgtm", 0, 1}, {"labels in the first half", 0, 0.5}, {"labels in the last half", 0.5, 1}};

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const Schedule& s : schedules) {
      PlannedRun run = watched(sizing, method_run(sizing, sizing.size, "sgtm", rate, seed));
      run.config.labels.from = s.from, run.config.labels.until = s.until;
      run.method = s.name;
      table.push_back(run);
    }
  return table;
}

using Reading = double (*)(const GradientLook&);
constexpr Reading step = [](const GradientLook& look) { return static_cast<double>(look.step); };
constexpr Reading labeled_tokens = [](const GradientLook& look) { return look.labeled_forget_tokens; };
constexpr Reading absorbed_share = [](const GradientLook& look) { return look.absorbed_share; };
constexpr Reading forget_mask = [](const GradientLook& look) { return look.forget_mask; };

/// What a run's evaluations say of a source's held-out documents, none of which has a label: `measure` against another.
LossCourse course(const Finished& run, const char* source, Reading against, Reading measure) {
  LossCourse points;
  for (const GradientLook& look : run.result.gradients)
    if (look.source == source) points.emplace_back(against(look), measure(look));
  return points;
}

/// Means over seeds of `measure` against steps or labeled tokens.
Figure figure_of(const std::vector<Finished>& all, const std::string& size, Reading against, Reading measure,
                 const char* x_label, const char* y_label) {
  Figure figure{fmt::format("Absorption, {}", size), x_label, y_label, {}, "set format x '%.1s%c'\n"};
  constexpr const char* colours[] = {"#2e86ab", "#1b998b", "#c1272d"};
  for (std::size_t s = 0; s < std::size(schedules); ++s)
    for (const char* source : {"forget", "retain"}) {
      const auto of = runs_of(all, size, schedules[s].name, rate);
      if (of.empty()) continue;
      Series line{fmt::format("{}: {} documents", schedules[s].name, source),
                  fmt::format("yerrorlines pt 7 ps 0.5 lw 1.5 {} lc rgb '{}'",
                              source == std::string("retain") ? "dt 2" : "", colours[s])};
      add_mean_course(line, of, [&](const Finished& run) { return course(run, source, against, measure); });
      figure.series.push_back(std::move(line));
    }
  return figure;
}

/// At the end of training.
Measure at_end(const char* source, Reading measure) {
  return [source, measure](const Finished& run) { return course(run, source, step, measure).back().second; };
}

/// By how much the absorbed share is larger, at the end, of forget documents than of retain documents.
double larger_share(const Finished& run) {
  return at_end("forget", absorbed_share)(run) - at_end("retain", absorbed_share)(run);
}

void judge(Analysis& analysis, const std::vector<Finished>& all, const std::string& size) {
  const auto always = runs_of(all, size, "sgtm", rate);
  claim_above(analysis, size + ", sgtm: at the end that share is larger than before training",
              values(always,
                     [](const Finished& run) {
                       const LossCourse share = course(run, "forget", step, absorbed_share);
                       return share.back().second - share.front().second;
                     }),
              0);
  claim_below(analysis,
              size +
                  ", sgtm: at the end forget documents ask for more of the forget part (derivative of the loss by its "
                  "activation mask)",
              values(always, at_end("forget", forget_mask)), 0);
  for (const char* part : {"first", "last"})
    claim_above(analysis,
                fmt::format("{}: labels in the {} half alone make it forget less than labels throughout", size, part),
                paired_differences(runs_of(all, size, fmt::format("labels in the {} half", part), rate), always,
                                   loss("calibrated", "forget")),
                0);
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis;
  analysis.table = {{"size", "labels", "seeds", "absorbed share, forget documents", "retain documents",
                     "derivative by the forget mask", "forget loss, ablated and calibrated"}};
  for (const std::string& size : sizes_in(all)) {
    for (const Schedule& s : schedules) {
      const auto of = runs_of(all, size, s.name, rate);
      if (of.empty()) continue;
      analysis.summary[size][s.name] =
          add_row(analysis, {size, s.name, std::to_string(of.size())},
                  {{"absorbed share, forget documents", mean_over(of, at_end("forget", absorbed_share))},
                   {"absorbed share, retain documents", mean_over(of, at_end("retain", absorbed_share))},
                   {"forget gate", mean_over(of, at_end("forget", forget_mask))},
                   {"forget loss", mean_over(of, loss("calibrated", "forget"))}});
      claim_above(analysis,
                  fmt::format("{}, {}: unlabeled forget documents put a larger share of their gradient on forget "
                              "parameters than retain documents do",
                              size, s.name),
                  values(of, larger_share), 0);
    }
    analysis.figures.emplace_back("absorption-" + size,
                                  figure_of(all, size, labeled_tokens, absorbed_share, "labeled forget tokens seen",
                                            "absorbed share of unlabeled documents"));
    analysis.figures.emplace_back(
        "absorption-gate-" + size,
        figure_of(all, size, step, forget_mask, "steps", "derivative of the loss by the forget mask, nats"));
    judge(analysis, all, size);
  }
  return analysis;
}

Experiment experiment() {
  return {.name = "absorption",
          .question = "Why do unlabeled forget documents land in the forget part?",
          .finding = "The paper shows that they do; why, reviewers asked.",
          .runs = runs,
          .analyse = analyse,
          .seeds = 5};
}

}  // namespace sgtm::absorption
