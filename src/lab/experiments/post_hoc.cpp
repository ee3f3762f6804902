#include <fmt/format.h>

#include "lab/analysis/field_recall.hpp"
#include "lab/analysis/loss_figures.hpp"
#include "lab/experiments/experiment.hpp"
#include "lab/experiments/field_runs.hpp"

namespace sgtm::post_hoc {

/// Text on which all methods are compared, and their setting there.
struct Comparison {
  bool articles;  // the encyclopedia's; else stories
  const char* title;
  const char* filter;   // the method's name
  double undiscovered;  // share of forget documents that filter and SGTM miss
  RmuSetting rmu;       // of those tried at small cost, the one whose model relearned most slowly
  /// Attacked, if it removed anything.
  PlannedRun (*run)(const Sizing&, const char* method, double undiscovered, int seed);
  PlannedRun (*unlearned)(const Sizing&, int seed, const RmuSetting&);
};

PlannedRun story_run(const Sizing& sizing, const char* method, double undiscovered, int seed) {
  constexpr Index attack_steps = 2000;
  if (method == std::string("none")) return method_run(sizing, sizing.size, method, 0, seed);
  return attacked(sizing, method_run(sizing, sizing.size, method, undiscovered, seed), attack_steps);
}

PlannedRun article_run(const Sizing& sizing, const char* method, double, int seed) {
  return field_course_run(sizing, method, seed);
}

constexpr Comparison comparisons[] = {{false, "stories", "filter", 0.2, {3, 4}, story_run, story_unlearned},
                                      {false, "labeled-stories", "filter", 0, {3, 4}, story_run, story_unlearned},
                                      {true, "encyclopedia", "weak", 0, {1, 16}, article_run, field_unlearned}};

/// SGTM after training: on the unfiltered model, with this share of SGTM's tokens.
struct Expanded {
  const char* method;
  double share;
};
constexpr Expanded expanded[] = {{"expanded, a tenth", 0.1}, {"expanded, a third", 1.0 / 3}};
constexpr const char* longest = expanded[1].method;

/// As many parameters as in SGTM's forget part: a unit has 2 x width of them, a head 4 x width x its own.
Index units_like(const RunConfig& config) {
  return config.split.forget_units + 2 * config.split.forget_heads * config.model.head_width();
}

/// Expand, route, ablate (Cloud et al. 2024): `sgtm`'s settings and data, on `base`'s model.
PlannedRun expanded_run(PlannedRun sgtm, const PlannedRun& base, const Expanded& how) {
  sgtm.method = how.method;
  sgtm.from = std::make_shared<const PlannedRun>(base);
  sgtm.add_forget_units = units_like(sgtm.config);
  sgtm.config.model.mlp_width += sgtm.add_forget_units;
  sgtm.config.split.forget_heads = 0, sgtm.config.split.forget_units = sgtm.add_forget_units;
  sgtm.config.tokens *= how.share;
  return sgtm;
}

/// What tells a method's runs on this text from those on the other.
std::string on_text(const Comparison& c) {
  return fmt::format(", {}", c.title);
}

std::vector<PlannedRun> runs_of_seed(const Comparison& c, const Sizing& sizing, int seed) {
  PlannedRun none = c.run(sizing, "none", 0, seed);
  none.method += on_text(c);
  const PlannedRun sgtm = c.run(sizing, "sgtm", c.undiscovered, seed);
  std::vector<PlannedRun> others{c.run(sizing, c.filter, c.undiscovered, seed), sgtm, c.unlearned(sizing, seed, c.rmu)};
  for (const Expanded& how : expanded) others.push_back(expanded_run(sgtm, none, how));
  for (PlannedRun& run : others) run.method += on_text(c);
  others.insert(others.begin(), none);
  return others;
}

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (const Comparison& c : comparisons)
    for (int seed = 1; seed <= sizing.seeds; ++seed)
      for (const PlannedRun& run : runs_of_seed(c, sizing, seed)) table.push_back(run);
  return table;
}

/// One comparison's runs of one size, by their methods' own names.
struct ComparedRuns {
  std::vector<Finished> all;
  std::string size;
  double undiscovered;
  Runs of(const std::string& method) const {
    return runs_of(all, size, method, method == "none" || method == "rmu" ? 0 : undiscovered);
  }
};

ComparedRuns runs_on(const Comparison& c, const std::vector<Finished>& all, const std::string& size) {
  ComparedRuns runs{{}, size, c.undiscovered};
  for (Finished run : all)
    if (const std::string text = on_text(c); run.plan.method.ends_with(text)) {
      run.plan.method.resize(run.plan.method.size() - text.size());
      runs.all.push_back(run);
    }
  return runs;
}

/// By seed, how far above the unfiltered model's the forget loss is, of how far it is with SGTM from the start.
std::vector<double> shares_of_forgetting(const ComparedRuns& runs, const char* method) {
  const auto above = [&](const char* of) {
    const Measure forget = loss("calibrated", "forget");
    return minus(by_seed(runs.of(of), forget), by_seed(runs.of("none"), loss("trained", "forget")));
  };
  const BySeed sgtm = above("sgtm");
  std::vector<double> shares;
  for (const auto& [seed, own] : above(method))
    if (sgtm.contains(seed)) shares.push_back(own / sgtm.at(seed));
  return shares;
}

/// What a model costs: its retain loss above the unfiltered model's.
std::vector<double> prices(const ComparedRuns& runs, const char* method) {
  const BySeed own = by_seed(runs.of(method), loss("calibrated", "retain"));
  return values(minus(own, by_seed(runs.of("none"), loss("trained", "retain"))));
}

/// All that are compared with the unfiltered model.
std::vector<const char*> methods_of(const Comparison& c) {
  return {c.filter, "sgtm", "rmu", expanded[0].method, expanded[1].method};
}

/// The unfiltered model's row, and then one per method. What is told against that model is empty while it is missing.
void add_rows(Analysis& analysis, const Comparison& c, const ComparedRuns& runs) {
  const auto add = [&](const char* method, const char* state, const std::string& share, const std::string& back) {
    const Runs of = runs.of(method);
    if (of.empty()) return;
    analysis.table.push_back({c.title, runs.size, method, interval_text(mean_over(of, loss(state, "retain"))),
                              interval_text(mean_over(of, loss(state, "forget"))), share,
                              c.articles ? interval_text(mean_over(of, recalled(state, "forget")), 2) : "", back});
  };
  add("none", "trained", "", "");
  for (const char* method : methods_of(c)) {
    const auto shares = shares_of_forgetting(runs, method);
    const Recoveries recovered = recoveries(runs.of(method), runs.of("none"), story_goals().back());
    add(method, "calibrated", shares.empty() ? "" : interval_text(estimate_mean(shares), 2),
        recovered.empty() ? "" : recovery_text(mean_recovery(recovered)));
  }
}

void judge(Analysis& analysis, const Comparison& c, const ComparedRuns& runs) {
  const std::string where = fmt::format("{}, {}: ", runs.size, c.title);
  const auto back = [&](const char* method) {
    return recoveries(runs.of(method), runs.of("none"), story_goals().back());
  };
  const auto above = [&](const char* method) {
    return paired_differences(runs.of(method), runs.of(longest), loss("calibrated", "forget"));
  };
  claim_above(analysis, where + "a third of the tokens gives most of SGTM's forgetting",
              shares_of_forgetting(runs, longest), 0.5);
  claim_above(analysis, where + "a third forgets more than RMU", above("rmu"), 0);
  claim_above(analysis, where + "a third forgets more than the filter", above(c.filter), 0);
  claim_below(analysis, where + "a third costs less than 0.05 nats of the retain loss", prices(runs, longest), 0.05);
  claim_above(analysis, where + "a third takes more steps to come back than RMU",
              more_steps(back(longest), back("rmu")), 0);
  claim_above(analysis, where + "SGTM takes more steps to come back than a third",
              more_steps(back("sgtm"), back(longest)), 0);
  if (c.articles)
    claim_below(analysis, where + "a third recalls less of the forget field than RMU's model",
                paired_differences(runs.of("rmu"), runs.of(longest), recalled("calibrated", "forget")), 0);
}

Figure attacks_on(const Comparison& c, const ComparedRuns& runs) {
  constexpr const char* colours[] = {"#e09f3e", "#2e86ab", "#7b4b94", "#8fbf6b", "#3f7d20"};
  std::vector<AttackedModels> lines;
  for (const char* method : methods_of(c)) lines.push_back({method, colours[lines.size()], runs.of(method)});
  return recovery_figure(fmt::format("Relearning, {}, {}: means over seeds", c.title, runs.size), lines,
                         runs.of("none"), story_goals().back());
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis;
  analysis.table = {
      {"text", "size", "model", "retain", "forget", "of SGTM's forgetting", "recall of forget", "steps until back"}};
  for (const std::string& size : sizes_in(all))
    for (const Comparison& c : comparisons) {
      const ComparedRuns runs = runs_on(c, all, size);
      if (runs.all.empty()) continue;
      add_rows(analysis, c, runs);
      judge(analysis, c, runs);
      analysis.figures.emplace_back(
          fmt::format("post-hoc-{}-{}", c.title, size),
          losses_figure(fmt::format("Before or after training, {}, {}", c.title, size), runs.all, size));
      analysis.figures.emplace_back(fmt::format("post-hoc-relearning-{}-{}", c.title, size), attacks_on(c, runs));
    }
  return analysis;
}

Experiment experiment() {
  return {.name = "post-hoc",
          .question = "How much of what SGTM gives can be had after training, with units added to a finished model?",
          .finding = "Not in the paper. Cloud et al. (2024) expand, route and ablate from the start.",
          .runs = runs,
          .analyse = analyse,
          .size = "0.25M"};
}

}  // namespace sgtm::post_hoc
