#include "experiments/field_runs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/analysis.hpp"
#include "analysis/loss_figures.hpp"
#include "analysis/selection.hpp"
#include "eval/recall.hpp"
#include "experiments/method_runs.hpp"

namespace sgtm {

const ForgetField biology{"biology", {"medicine", "chemistry", "earth"}};
const ForgetField military{"military", {"history", "biography", "transportation"}};

namespace {

/// A run reads its world's articles three times, each of which states every fact about 150 times: small models learn
/// facts from hundreds of statements.
Index entities_for(const RunConfig& config) {
  const double parameters = static_cast<double>(Layout(config.model).parameters());
  return parameters < 2e5 ? 120 : parameters < 4e5 ? 240 : parameters < 8e5 ? 480 : 960;
}

/// Than on stories, for facts are learned late.
constexpr double longer = 1.25;

/// Sources, or else who tells facts of the forget field too, and what tables call questions on them.
struct Group {
  const char* name;
  const char* title;
};
constexpr Group sources_asked[] = {{"retain", "general"}, {"adjacent", "adjacent"}, {"forget", "forget"}};
constexpr Group tellers_asked[] = {
    {"", "told nowhere else"}, {"adjacent", "also in adjacent"}, {"retain", "also in general"}};

bool has_recall(const Finished& run, const std::string& group) {
  return run.result["recall"].contains("trained") && run.result["recall"]["trained"].contains(group);
}

/// One row of the table: runs of a size and method in a state.
void add_row(Analysis& analysis, const std::string& size, const std::string& method,
             const std::vector<const Finished*>& runs, const char* state, const char* state_title) {
  std::vector<std::string> row{size, method, state_title, std::to_string(runs.size())};
  nlohmann::ordered_json entry{{"size", size}, {"method", method}, {"state", state_title}};
  for (const Group& source : sources_asked) {
    const Estimated e = mean_over(runs, loss(state, source.name));
    row.push_back(interval_text(e));
    entry["loss"][source.title] = interval_json(e);
  }
  const auto add_recall = [&](const std::string& group, const char* title) {
    const bool asked = std::all_of(runs.begin(), runs.end(), [&](auto* run) { return has_recall(*run, group); });
    if (!asked) return row.push_back("");
    const Estimated e = mean_over(runs, recalled(state, group));
    row.push_back(interval_text(e));
    entry["recall"][title] = interval_json(e);
  };
  for (const Group& source : sources_asked) add_recall(source.name, source.title);
  for (const Group& teller : tellers_asked) add_recall(forget_group(teller.name), teller.title);
  analysis.table.push_back(row);
  analysis.summary["methods"].push_back(entry);
}

}  // namespace

EncyclopediaConfig encyclopedia_without(const ForgetField& field, Index entities) {
  EncyclopediaConfig e;
  e.world.entities = entities;
  e.articles = 84 * entities;
  e.forget = {field.name}, e.adjacent = field.neighbours;
  return e;
}

RunData world_for(const Sizing& sizing, const std::string& size, const ForgetField& field, double entanglement) {
  RunData data{DataKind::encyclopedia, 0,
               encyclopedia_without(field, sizing.quick ? 24 : entities_for(sizing.preset(size)))};
  data.encyclopedia.world.entanglement = entanglement;
  return data;
}

void use_field_method(RunConfig& config, const std::string& method) {
  // The paper's settings on Wikipedia. With fewer steps the new bias does not catch up on the tokens that never come.
  config.calibration_adjacent = 100, config.calibration_steps = 500, config.calibration_documents = 8;
  config.strategy = "none";
  if (method == "weak" || method == "strict") config.filter = method, config.refill = true;
  if (method == "sgtm") {
    config.strategy = method, config.optimizer = "split";
    config.split.mask_embeddings = true;
  }
  if (method != "none") config.labels.retain_labeled = 0.1;  // "none" heeds no label
}

PlannedRun field_run(const Sizing& sizing, const std::string& size, const std::string& method, int seed,
                     const RunData& world) {
  RunConfig config = sizing.preset(size);
  config.seed = static_cast<std::uint64_t>(seed);
  config.tokens *= longer;
  use_field_method(config, method);
  if (sizing.quick) config.tokens = 60000, config.calibration_steps = 20;
  return {size, method, 0, config, world};
}

PlannedRun field_run(const Sizing& sizing, const std::string& method, int seed) {
  return field_run(sizing, sizing.size, method, seed, world_for(sizing, sizing.size));
}

PlannedRun field_unlearned(const Sizing& sizing, int seed, const RmuSetting& setting) {
  return unlearned(sizing, field_run(sizing, "none", seed), setting);
}

PlannedRun field_course_run(const Sizing& sizing, const std::string& method, int seed) {
  PlannedRun run = field_run(sizing, method, seed);
  if (method != "none") run = attacked(sizing, std::move(run), field_attack_steps);
  run.config.evaluate_every = sizing.quick ? 0.5 : 0.25;
  return run;
}

Measure recalled(const char* state, const std::string& group) {
  return [state, group](const Finished& run) {
    const auto& recall = run.result["recall"];
    return recall[recall.contains(state) ? state : "trained"][group]["accuracy"].get<double>();
  };
}

std::array<Goal, 3> field_goals() {
  const auto known = recalled("trained", "forget");
  const char* label = "forget questions answered right";
  return {loss_goal(),
          {"half-recall", "half of the answers", "recall", [known](const Finished& none) { return 0.5 * known(none); },
           true, label},
          {"recall", "nine tenths of the answers", "recall",
           [known](const Finished& none) { return 0.9 * known(none); }, true, label}};
}

Analysis field_analysis(const std::vector<Finished>& all) {
  Analysis analysis;
  analysis.table = {{"size", "method", "state", "seeds"}};
  for (const Group& source : sources_asked) analysis.table[0].push_back(fmt::format("loss, {}", source.title));
  for (const Group& source : sources_asked) analysis.table[0].push_back(fmt::format("recall, {}", source.title));
  for (const Group& teller : tellers_asked) analysis.table[0].push_back(teller.title);
  for (const std::string& size : sizes_in(all))
    for (const std::string& method : methods_in(all, size))
      for (const double rate : rates_in(all, size, method)) {
        const auto runs = runs_of(all, size, method, rate);
        const bool cut = !runs.front()->result["losses"]["ablated"]["forget"].is_null();
        if (cut) add_row(analysis, size, method, runs, "trained", "before");
        add_row(analysis, size, method, runs, "calibrated", cut ? "after" : "calibrated");
      }
  return analysis;
}

RecallBars recall_bars(const std::string& model, const std::vector<const Finished*>& runs) {
  RecallBars bars{model, {}};
  for (const Group& source : sources_asked)
    bars.by_source.push_back(mean_over(runs, recalled("calibrated", source.name)));
  return bars;
}

Figure recall_figure(const std::string& title, const std::vector<RecallBars>& models, double chance) {
  Figure figure{title,
                "",
                "share of questions answered right",
                {},
                "set yrange [0:1.05]\nset key outside top center horizontal\nset boxwidth 0.22\nset xtics ("};
  const char* colours[] = {"#8d99ae", "#7fb7d6", "#c1272d"};
  for (std::size_t s = 0; s < std::size(sources_asked); ++s) {
    Series bars{sources_asked[s].title, fmt::format("boxerrorbars fs solid 0.8 lw 1 lc rgb '{}'", colours[s]), {}, {}};
    for (std::size_t m = 0; m < models.size(); ++m)
      add_point(bars, static_cast<double>(m) + 0.25 * (static_cast<double>(s) - 1), models[m].by_source[s]);
    figure.series.push_back(std::move(bars));
  }
  for (std::size_t m = 0; m < models.size(); ++m)
    figure.settings += fmt::format("{}'{}' {}", m > 0 ? ", " : "", models[m].model, m);
  figure.settings += ")\n";
  figure.series.push_back(
      {"chance", "lines dt 2 lc rgb 'black'", {{-0.5, chance}, {static_cast<double>(models.size()) - 0.5, chance}}});
  return figure;
}

}  // namespace sgtm
