#include <fmt/format.h>

#include <algorithm>

#include "lab/analysis/analysis.hpp"
#include "lab/analysis/loss_figures.hpp"
#include "lab/analysis/selection.hpp"
#include "lab/experiments/experiment.hpp"
#include "lab/experiments/method_runs.hpp"

namespace sgtm::price {

constexpr double rate = 0.2;

void as_it_is(PlannedRun&) {}

void half_as_many_forget_steps(PlannedRun& run) {
  run.config.forget_upsampling = 0.5;
}

/// Italian in letters of its own: the languages then share hardly a token.
void in_two_scripts(PlannedRun& run) {
  run.data.kind = DataKind::descriptions_in_two_scripts;
}

template <int vocabulary>
void with_vocabulary(PlannedRun& run) {
  run.data.vocabulary = vocabulary;
  run.config.model.vocabulary = vocabulary;
}

void at_lower_rate(PlannedRun& run) {
  run.config.learning_rate = 0.003;
}

/// A method with one change, and the filter that it is to be compared with.
struct Setting {
  const char* name;
  const char* method;
  void (*change)(PlannedRun&);
  const char* filter = nullptr;
};
constexpr Setting settings[] = {
    {"none", "none", as_it_is},
    {"filter", "filter", as_it_is},
    {"filter, half as many forget steps", "filter", half_as_many_forget_steps},
    {"filter, two scripts", "filter", in_two_scripts},
    {"filter, 2048 tokens", "filter", with_vocabulary<2048>},
    {"filter, 16384 tokens", "filter", with_vocabulary<16384>},
    {"filter, rate 0.003", "filter", at_lower_rate},
    {"sgtm", "sgtm", as_it_is, "filter"},
    {"sgtm, two scripts", "sgtm", in_two_scripts, "filter, two scripts"},
    {"sgtm, 2048 tokens", "sgtm", with_vocabulary<2048>, "filter, 2048 tokens"},
    {"sgtm, 16384 tokens", "sgtm", with_vocabulary<16384>, "filter, 16384 tokens"},
    {"sgtm, rate 0.003", "sgtm", at_lower_rate, "filter, rate 0.003"},
    {"gradient_routing", "gradient_routing", as_it_is, "filter"},
    {"sgtm, 90 % labeled retain", "sgtm", [](PlannedRun& run) { run.config.labels.retain_labeled = 0.9; }, "filter"},
    {"sgtm, half as many forget steps", "sgtm", half_as_many_forget_steps, "filter, half as many forget steps"},
    {"sgtm, no forget heads", "sgtm", [](PlannedRun& run) { run.config.split.forget_heads = 0; }, "filter"},
    {"sgtm, no forget units", "sgtm", [](PlannedRun& run) { run.config.split.forget_units = 0; }, "filter"}};

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const Setting& setting : settings) {
      const bool unfiltered = setting.method == std::string("none");
      PlannedRun run = method_run(sizing, sizing.size, setting.method, unfiltered ? 0 : rate, seed);
      run.method = setting.name;
      run.data.kind = DataKind::descriptions;
      setting.change(run);
      table.push_back(run);
    }
  return table;
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = loss_analysis(all);
  for (const std::string& size : sizes_in(all)) {
    std::vector<Finished> of_same_tokens;  // losses per other tokens are other numbers
    std::copy_if(all.begin(), all.end(), std::back_inserter(of_same_tokens),
                 [](const Finished& run) { return run.plan.data.vocabulary == RunData{}.vocabulary; });
    Figure figure =
        losses_figure(fmt::format("Package descriptions, {}: 20 % undiscovered", size), of_same_tokens, size);
    figure.settings = "set key outside right center samplen 1\n";
    analysis.figures.emplace_back("price-" + size, std::move(figure));
    const auto price = [&](const char* state, const char* name, const char* filter) {
      const auto english = [&](const char* of) { return by_seed(runs_of(all, size, of, rate), loss(state, "retain")); };
      return minus(english(name), english(filter));
    };
    for (const auto& [name, method, change, filter] : settings) {
      if (filter == nullptr || runs_of(all, size, name, rate).empty()) continue;
      for (const char* state : {"trained", "calibrated"})
        claim_below(analysis, fmt::format("{}, {}: {} costs less than 0.05 nats of English", size, state, name),
                    values(price(state, name, filter)), 0.05);
    }
    claim_above(analysis, size + ", calibrated: SGTM costs more English where the languages share tokens",
                values(minus(price("calibrated", "sgtm", "filter"),
                             price("calibrated", "sgtm, two scripts", "filter, two scripts"))),
                0);
    claim_above(analysis, size + ": SGTM's forget loss is above the filter's",
                paired_differences(runs_of(all, size, "filter", rate), runs_of(all, size, "sgtm", rate),
                                   loss("calibrated", "forget")),
                0);
  }
  return analysis;
}

Experiment experiment() {
  return {
      .name = "price",
      .question =
          "What does forgetting cost on real text of which half of the tokens are shared, and does a change lower it?",
      .finding =
          "On the paper's stories SGTM's retain loss lies slightly above the filter's. This text is package "
          "descriptions in English and Italian.",
      .runs = runs,
      .analyse = analyse,
      .size = "0.25M"};
}

}  // namespace sgtm::price
