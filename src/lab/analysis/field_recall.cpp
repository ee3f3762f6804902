#include "lab/analysis/field_recall.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "eval/recall.hpp"
#include "lab/analysis/loss_figures.hpp"

namespace sgtm {
namespace {

/// Questions: on a source's facts, or on those of the forget field by where else they are told; and what tables call
/// them.
struct Group {
  const char* name;
  const char* title;
};
constexpr Group sources_asked[] = {{"retain", "general"}, {"adjacent", "adjacent"}, {"forget", "forget"}};
constexpr Group tellers_asked[] = {
    {"", "told nowhere else"}, {"adjacent", "also in adjacent"}, {"retain", "also in general"}};

/// One row of the table: runs of a size and method in a state.
void add_row(Analysis& analysis, const std::string& size, const std::string& method, const Runs& runs,
             const char* state, const char* state_title) {
  std::vector<std::string> row{size, method, state_title, std::to_string(runs.size())};
  nlohmann::ordered_json entry{{"size", size}, {"method", method}, {"state", state_title}};
  for (const Group& source : sources_asked) {
    const Estimated e = mean_over(runs, loss(state, source.name));
    row.push_back(interval_text(e));
    entry["loss"][source.title] = interval_json(e);
  }
  const auto add_recall = [&](const std::string& group, const char* title) {
    const bool asked = std::all_of(runs.begin(), runs.end(), [&group](const Finished* run) {
      return find_recall(run->result, "trained", group) != nullptr;
    });
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

Measure recalled(const char* state, const std::string& group) {
  return [state, group](const Finished& run) {
    const bool undivided = state == std::string("ablated") && !run.result.recall.contains(state);
    return recall_of(run.result, undivided ? "trained" : state, group).accuracy.mean;
  };
}

Goal recall_goal(const char* name, const char* words, double share) {
  return {name, words,
          [share, known = recalled("trained", "forget")](const Finished& none) { return share * known(none); }, true,
          "forget questions answered right"};
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
        const bool cut = !runs.front()->result.losses.at("ablated").empty();
        if (cut) add_row(analysis, size, method, runs, "trained", "before");
        add_row(analysis, size, method, runs, "calibrated", cut ? "after" : "calibrated");
      }
  return analysis;
}

RecallBars recall_bars(const std::string& model, const Runs& runs) {
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
                "set yrange [0:1.05]\nset key outside top center horizontal\nset boxwidth 0.22\n"};
  const char* colours[] = {"#8d99ae", "#7fb7d6", "#c1272d"};
  for (std::size_t s = 0; s < std::size(sources_asked); ++s) {
    Series bars{sources_asked[s].title, fmt::format("boxerrorbars fs solid 0.8 lw 1 lc rgb '{}'", colours[s])};
    for (std::size_t m = 0; m < models.size(); ++m)
      add_point(bars, static_cast<double>(m) + 0.25 * (static_cast<double>(s) - 1), models[m].by_source[s]);
    figure.series.push_back(std::move(bars));
  }
  std::vector<std::string> names;
  for (const RecallBars& bars : models) names.push_back(bars.model);
  figure.settings += named_tics("x", names, 1);
  figure.series.push_back(
      {"chance", "lines dt 2 lc rgb 'black'", {{-0.5, chance}, {static_cast<double>(models.size()) - 0.5, chance}}});
  return figure;
}

}  // namespace sgtm
