#include <fmt/format.h>

#include "lab/analysis/loss_figures.hpp"
#include "lab/experiments/method_runs.hpp"

namespace sgtm::undiscovered {

constexpr double rates[] = {0, 0.002, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1};

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed) {
    table.push_back(method_run(sizing, sizing.size, "none", 0, seed));
    for (const char* method : {"filter", "sgtm", "gradient_routing"})
      for (const double rate : possible_rates(sizing, sizing.size, rates))
        table.push_back(method_run(sizing, sizing.size, method, rate, seed));
  }
  return table;
}

/// The loss of one source against the share that the classifier misses.
Figure by_rate(const std::vector<Finished>& all, const std::string& size, const char* source) {
  Figure figure{fmt::format("Undiscovered forget documents, {}: {}", size, source),
                "share of the forget documents that is undiscovered, %",
                fmt::format("{}: calibrated held-out loss, nats per token", source)};
  for (const std::string& method : methods_in(all, size)) {
    if (method == "none") continue;
    Series line{method, fmt::format("yerrorlines lw 1.5 pt 7 ps 0.7 lc rgb '{}'", colour_of(method))};
    for (const double rate : rates_in(all, size, method))
      add_point(line, 100 * rate, mean_over(runs_of(all, size, method, rate), loss("calibrated", source)));
    figure.series.push_back(std::move(line));
  }
  if (const auto none = runs_of(all, size, "none", 0); !none.empty()) {
    const double of_none = mean_over(none, loss("calibrated", source)).mean;
    figure.series.push_back({"unfiltered", "lines dt 3 lc rgb '#8d99ae'", {{0, of_none}, {100, of_none}}});
  }
  add_floor(figure, one_of(all, size), source, 0, 100);
  return figure;
}

/// At every rate from 0.2 % to 80 % SGTM has a higher forget loss than `other`, and a retain loss above the filter's
/// and below gradient routing's.
void compare(Analysis& analysis, const std::vector<Finished>& all, const std::string& size, const char* other) {
  for (const double rate : rates_in(all, size, "sgtm"))
    if (rate != 0 && rate != 1) {
      const auto more = [&](const char* source) {
        return paired_differences(runs_of(all, size, other, rate), runs_of(all, size, "sgtm", rate),
                                  loss("calibrated", source));
      };
      const std::string at = fmt::format("{}, {:g} % undiscovered: SGTM's", size, 100 * rate);
      claim_above(analysis, fmt::format("{} forget loss is above that of {}", at, other), more("forget"), 0);
      if (other == std::string("filter"))
        claim_above(analysis, fmt::format("{} retain loss is above that of {}", at, other), more("retain"), 0);
      else
        claim_below(analysis, fmt::format("{} retain loss is below that of {}", at, other), more("retain"), 0);
    }
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = loss_analysis(all);
  for (const std::string& size : sizes_in(all)) {
    Figure trade_off{fmt::format("Undiscovered forget documents, {}", size),
                     "retain: calibrated held-out loss, nats per token", "forget: the same"};
    add_trade_off(trade_off, all, size);
    add_floor(trade_off, one_of(all, size));
    analysis.figures.emplace_back("undiscovered-" + size, std::move(trade_off));
    for (const char* source : {"forget", "retain"})
      analysis.figures.emplace_back(fmt::format("undiscovered-{}-{}", size, source), by_rate(all, size, source));
    for (const char* other : {"filter", "gradient_routing"}) compare(analysis, all, size, other);
  }
  return analysis;
}

Experiment experiment() {
  return {
      .name = "undiscovered",
      .figure = "3",
      .question =
          "How much is forgotten, and at what price, when the classifier misses a share of the forget documents?",
      .finding =
          "At every rate above 0, SGTM keeps a higher forget loss than filtering and than gradient routing; its retain "
          "loss is below gradient routing's and above filtering's.",
      .runs = runs,
      .analyse = analyse,
      .seeds = 5};
}

}  // namespace sgtm::undiscovered
