#include <fmt/format.h>

#include <algorithm>

#include "lab/analysis/analysis.hpp"
#include "lab/analysis/loss_figures.hpp"
#include "lab/analysis/selection.hpp"
#include "lab/experiments/experiment.hpp"
#include "lab/experiments/method_runs.hpp"

namespace sgtm::price {

constexpr double rate = 0.2;

constexpr DataKind descriptions = DataKind::descriptions, manuals = DataKind::manuals, stories = DataKind::two_scripts,
                   two_scripts = DataKind::descriptions_in_two_scripts;  // the languages then share hardly a token

void as_it_is(PlannedRun&) {}

void half_as_many_forget_steps(PlannedRun& run) {
  run.config.forget_upsampling = 0.5;
}

template <DataKind kind>
void on(PlannedRun& run) {
  run.data.kind = kind;
}

template <int vocabulary>
void with_vocabulary(PlannedRun& run) {
  run.data.vocabulary = vocabulary;
  run.config.model.vocabulary = vocabulary;
}

void at_lower_rate(PlannedRun& run) {
  run.config.learning_rate = 0.003;
}

/// Twice as many steps for as many tokens.
void of_half_the_batch(PlannedRun& run) {
  run.config.batch /= 2;
}

void with_twice_the_forget_part(PlannedRun& run) {
  run.config.split.forget_heads *= 2;
  run.config.split.forget_units *= 2;
}

template <int percent>
void scaled_by(PlannedRun& run) {
  run.config.split.forget_gradient = percent / 100.0;
}

void labeled(PlannedRun& run) {
  run.config.labels.retain_labeled = 0.9;
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
    {"filter, two scripts", "filter", on<two_scripts>},
    {"filter, 2048 tokens", "filter", with_vocabulary<2048>},
    {"filter, 16384 tokens", "filter", with_vocabulary<16384>},
    {"filter, 32768 tokens", "filter", with_vocabulary<32768>},
    {"filter, rate 0.003", "filter", at_lower_rate},
    {"filter, half the batch", "filter", of_half_the_batch},
    {"none, manuals", "none", on<manuals>},
    {"filter, manuals", "filter", on<manuals>},
    {"filter, stories", "filter", on<stories>},
    {"sgtm", "sgtm", as_it_is, "filter"},
    {"sgtm, two scripts", "sgtm", on<two_scripts>, "filter, two scripts"},
    {"sgtm, 2048 tokens", "sgtm", with_vocabulary<2048>, "filter, 2048 tokens"},
    {"sgtm, 16384 tokens", "sgtm", with_vocabulary<16384>, "filter, 16384 tokens"},
    {"sgtm, 32768 tokens", "sgtm", with_vocabulary<32768>, "filter, 32768 tokens"},
    {"sgtm, rate 0.003", "sgtm", at_lower_rate, "filter, rate 0.003"},
    {"sgtm, half the batch", "sgtm", of_half_the_batch, "filter, half the batch"},
    {"sgtm, twice the forget part", "sgtm", with_twice_the_forget_part, "filter"},
    {"sgtm, masked embeddings", "sgtm", [](PlannedRun& run) { run.config.split.mask_embeddings = true; }, "filter"},
    {"gradient_routing", "gradient_routing", as_it_is, "filter"},
    {"sgtm, 90 % labeled retain", "sgtm", labeled, "filter"},
    {"sgtm, half as many forget steps", "sgtm", half_as_many_forget_steps, "filter, half as many forget steps"},
    {"sgtm, no forget heads", "sgtm", [](PlannedRun& run) { run.config.split.forget_heads = 0; }, "filter"},
    {"sgtm, no forget units", "sgtm", [](PlannedRun& run) { run.config.split.forget_units = 0; }, "filter"},
    {"sgtm, masked", "sgtm", mask_joint, "filter"},
    {"sgtm, scaled", "sgtm", scale_forget_gradient, "filter"},
    {masked_and_scaled, masked_and_scaled, as_it_is, "filter"},
    {"sgtm, masked, scaled by 0.1", masked_and_scaled, scaled_by<10>, "filter"},
    {"sgtm, masked, scaled by 0.08", masked_and_scaled, scaled_by<8>, "filter"},
    {"sgtm, masked and scaled, 90 % labeled retain", masked_and_scaled, labeled, "filter"},
    {"sgtm, manuals", "sgtm", on<manuals>, "filter, manuals"},
    {"gradient_routing, manuals", "gradient_routing", on<manuals>, "filter, manuals"},
    {"sgtm, masked and scaled, manuals", masked_and_scaled, on<manuals>, "filter, manuals"},
    {"sgtm, stories", "sgtm", on<stories>, "filter, stories"},
    {"sgtm, masked and scaled, stories", masked_and_scaled, on<stories>, "filter, stories"}};

/// The figure's, all of the same tokens.
constexpr std::string_view drawn[] = {
    "none",         "filter",       "filter, two scripts", "sgtm", "sgtm, two scripts", "gradient_routing",
    "sgtm, masked", "sgtm, scaled", masked_and_scaled};

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const Setting& setting : settings) {
      const bool unfiltered = setting.method == std::string("none");
      PlannedRun run = method_run(sizing, sizing.size, setting.method, unfiltered ? 0 : rate, seed);
      run.method = setting.name;
      run.data.kind = descriptions;
      setting.change(run);
      table.push_back(run);
    }
  return table;
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = loss_analysis(all);
  for (const std::string& size : sizes_in(all)) {
    std::vector<Finished> some;
    std::copy_if(all.begin(), all.end(), std::back_inserter(some), [](const Finished& run) {
      return std::find(std::begin(drawn), std::end(drawn), run.plan.method) != std::end(drawn);
    });
    analysis.figures.emplace_back(
        "price-" + size, losses_figure(fmt::format("Package descriptions, {}: 20 % undiscovered", size), some, size));
    const auto price = [&](const char* name, const char* filter) {
      const auto english = [&](const char* of) {
        return by_seed(runs_of(all, size, of, rate), loss("calibrated", "retain"));
      };
      return minus(english(name), english(filter));
    };
    for (const auto& [name, method, change, filter] : settings)
      if (filter != nullptr && !runs_of(all, size, name, rate).empty())
        claim_below(analysis, fmt::format("{}: {} costs less than 0.05 nats of English", size, name),
                    values(price(name, filter)), 0.05);
    claim_above(analysis, size + ": SGTM costs more English where the languages share tokens",
                values(minus(price("sgtm", "filter"), price("sgtm, two scripts", "filter, two scripts"))), 0);
    for (const std::string text : {"", ", manuals", ", stories"})
      if (!runs_of(all, size, masked_and_scaled + text, rate).empty())
        claim_masked_and_scaled(analysis, all, size, rate, text);
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
