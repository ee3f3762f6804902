#include <fmt/format.h>

#include "lab/experiments/method_runs.hpp"

namespace sgtm::token_losses {

constexpr NamedMethod shown[] = {{"unfiltered", "none", 0},
                                 {"perfect filter", "filter", 0},
                                 {"filter, 20 % missed", "filter", 0.2},
                                 {"sgtm, 20 % missed", "sgtm", 0.2}};

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const NamedMethod& s : shown) table.push_back(method_run(sizing, sizing.size, s.method, s.undiscovered, seed));
  return table;
}

/// Shares of the held-out forget tokens by loss; the losses are calibrated.
std::vector<double> shares_of(const Finished& run) {
  const std::vector<Index>& counts = run.result.token_losses.counts.at("forget");
  std::vector<double> shares(counts.begin(), counts.end());
  double sum = 0;
  for (const double count : shares) sum += count;
  for (double& share : shares) share /= sum;
  return shares;
}

/// The loss below which a share of the tokens lies, straight within a bin.
double quantile(const Finished& run, double share) {
  const double bin = run.result.token_losses.bin;
  double below = 0, loss = 0;
  for (const double part : shares_of(run)) {
    if (below + part >= share) return loss + bin * (share - below) / part;
    below += part, loss += bin;
  }
  return loss;
}

Figure figure_of(const std::vector<Finished>& all, const std::string& size) {
  Figure figure{fmt::format("Losses of single forget tokens, {}", size),
                "calibrated loss of a held-out forget token, nats (the last bin has all above)", "share of the tokens"};
  constexpr const char* colours[] = {"#8d99ae", "#8d5a00", "#e09f3e", "#2e86ab"};
  for (std::size_t s = 0; s < std::size(shown); ++s) {
    const auto of = runs_of(all, size, shown[s].method, shown[s].undiscovered);
    if (of.empty()) continue;
    Series line{shown[s].title, fmt::format("steps lw 1.5 lc rgb '{}'", colours[s])};
    const double bin = of.front()->result.token_losses.bin;
    constexpr std::size_t together = 4;  // bins of a whole nat are easier to look at
    for (const Finished* run : of) {
      const auto shares = shares_of(*run);
      line.points.resize((shares.size() + together - 1) / together);
      for (std::size_t i = 0; i < shares.size(); ++i)
        line.points[i / together].second += shares[i] / static_cast<double>(of.size());
    }
    for (std::size_t i = 0; i < line.points.size(); ++i) line.points[i].first = bin * together * static_cast<double>(i);
    figure.series.push_back(std::move(line));
  }
  return figure;
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis;
  analysis.table = {{"size", "model", "seeds", "10 %", "25 %", "median", "75 %", "90 %"}};
  for (const std::string& size : sizes_in(all)) {
    for (const NamedMethod& s : shown) {
      const auto of = runs_of(all, size, s.method, s.undiscovered);
      if (of.empty()) continue;
      std::vector<std::pair<std::string, Estimated>> quantiles;
      for (const double share : {0.1, 0.25, 0.5, 0.75, 0.9})
        quantiles.emplace_back(fmt::format("{:g}", share),
                               mean_over(of, [&](const Finished& run) { return quantile(run, share); }));
      analysis.summary[size][s.title] = add_row(analysis, {size, s.title, std::to_string(of.size())}, quantiles);
    }
    analysis.figures.emplace_back("token-losses-" + size, figure_of(all, size));
    std::vector<double> raised;
    for (const auto& [sgtm, none] : of_equal_seed(runs_of(all, size, "sgtm", 0.2), runs_of(all, size, "none", 0)))
      raised.push_back(quantile(*sgtm, 0.25) - quantile(*none, 0.5));
    claim_above(analysis,
                size + ": the loss is raised broadly: SGTM's lower quartile is above the unfiltered model's median",
                raised, 0);
  }
  return analysis;
}

Experiment experiment() {
  return {.name = "token-losses",
          .figure = "6b",
          .question = "Does ablation raise the loss of all forget tokens, or of a few?",
          .finding = "The forget loss is raised broadly over tokens, not by a few outliers.",
          .runs = runs,
          .analyse = analyse,
          .seeds = 5};
}

}  // namespace sgtm::token_losses
