#include <fmt/format.h>

#include "eval/recall.hpp"
#include "lab/analysis/field_recall.hpp"
#include "lab/analysis/loss_figures.hpp"
#include "lab/experiments/field_runs.hpp"

namespace sgtm::entanglement {

constexpr double shares[] = {0, usual_entanglement, 1};

std::string cell_name(const char* method, double share) {
  return fmt::format("{}, {:g} % told elsewhere", method, 100 * share);
}

/// Those of the usual share are runs of `fields`.
std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const double share : shares)
      for (const char* method : field_methods) {
        PlannedRun run = share == usual_entanglement ? field_course_run(sizing, method, seed)
                                                     : field_run(sizing, sizing.size, method, seed,
                                                                 world_for(sizing, sizing.size, biology, share));
        run.method = cell_name(method, share);
        table.push_back(run);
      }
  return table;
}

Figure figure_of(const std::vector<Finished>& all, const std::string& size) {
  Figure figure{fmt::format("Where does it leak from? {}", size),
                "share of biology's facts that other fields tell too",
                "forget questions answered right",
                {},
                "set xrange [-0.05:1.05]\nset yrange [0:1.05]\n"};
  for (const char* method : field_methods) {
    Series line{method, fmt::format("yerrorlines lw 1.5 pt 7 lc rgb '{}'", colour_of(method))};
    for (const double share : shares) {
      const auto of = runs_of(all, size, cell_name(method, share), 0);
      if (!of.empty()) add_point(line, share, mean_over(of, recalled("calibrated", "forget")));
    }
    if (!line.points.empty()) figure.series.push_back(std::move(line));
  }
  return figure;
}

/// How much more is known of facts that these articles tell too than of facts told nowhere else.
Measure leak_through(const std::string& told_also) {
  return [told_also](const Finished& run) {
    return recalled("calibrated", forget_group(told_also))(run) - recalled("calibrated", forget_group(""))(run);
  };
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = field_analysis(all);
  for (const std::string& size : sizes_in(all)) {
    analysis.figures.emplace_back("entanglement-" + size, figure_of(all, size));
    const auto of = [&](const char* method, double share) { return runs_of(all, size, cell_name(method, share), 0); };
    for (const char* method : {"weak", "strict", "sgtm"}) {
      const std::string who = fmt::format("{}: {}", size, method);
      claim_above(analysis, who + " recalls more of biology where all of it is told elsewhere than where nothing is",
                  paired_differences(of(method, 0), of(method, 1), recalled("calibrated", "forget")), 0);
      claim_above(analysis, who + " recalls what neighbours tell better than what is told nowhere else",
                  values(of(method, usual_entanglement), leak_through("adjacent")), 0);
      claim_above(analysis, who + " recalls what other fields tell better than what is told nowhere else",
                  values(of(method, usual_entanglement), leak_through("retain")), 0);
    }
    claim_below(analysis, size + ": where all of it is told elsewhere, SGTM recalls less than the weak filter",
                paired_differences(of("weak", 1), of("sgtm", 1), recalled("calibrated", "forget")), 0);
  }
  return analysis;
}

Experiment experiment() {
  return {.name = "entanglement",
          .question = "How much of biology comes back through the articles of its neighbours?",
          .finding = "Not in the paper, which can't vary it: an encyclopedia is as entangled as it is.",
          .runs = runs,
          .analyse = analyse,
          .size = "0.25M"};
}

}  // namespace sgtm::entanglement
