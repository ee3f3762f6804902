#include <fmt/format.h>

#include "lab/analysis/field_recall.hpp"
#include "lab/analysis/loss_figures.hpp"
#include "lab/experiments/field_runs.hpp"

namespace sgtm::fields {
Experiment experiment();
}

namespace sgtm::fields_tradeoff {

Figure figure_of(const std::vector<Finished>& all, const std::string& size, const Axes& axes) {
  Figure figure{fmt::format("Through training, {}", size),
                fmt::format("{}: calibrated held-out loss, nats per token (training goes to the right)", axes.x),
                fmt::format("{}: the same", axes.y),
                {},
                "set xrange [*:*] reverse\n"};
  for (const std::string& method : methods_in(all, size)) {
    Series line{method, fmt::format("yerrorlines lw 1.5 pt 7 ps 0.5 lc rgb '{}'", colour_of(method))};
    const auto course_of = [&axes](const Finished& run) { return loss_course(run, axes); };
    add_mean_course(line, runs_of(all, size, method, 0), course_of, 1);  // the untrained model is far away
    figure.series.push_back(std::move(line));
  }
  add_floor(figure, one_of(all, size), axes);
  return figure;
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = field_analysis(all);
  constexpr Axes to_forget{"retain", "forget"}, near_forget{"adjacent", "forget"}, neighbours{"retain", "adjacent"};
  for (const std::string& size : sizes_in(all)) {
    for (const Axes& axes : {to_forget, near_forget, neighbours})
      analysis.figures.emplace_back(fmt::format("fields-tradeoff-{}-{}-{}", size, axes.x, axes.y),
                                    figure_of(all, size, axes));
    const auto lead_over = [&](const char* other, const Axes& axes) {
      return lead_at_end(runs_of(all, size, "sgtm", 0), runs_of(all, size, other, 0), axes);
    };
    claim_above(analysis, size + ": at the general loss of its end, SGTM has forgotten more than the weak filter",
                lead_over("weak", to_forget), 0);
    claim_below(analysis,
                size + ": at the general loss of its end, SGTM has a lower adjacent loss than the strict filter",
                lead_over("strict", neighbours), 0);
    claim_above(analysis, size + ": at the adjacent loss of its end, SGTM has forgotten more than the weak filter",
                lead_over("weak", near_forget), 0);
  }
  return analysis;
}

Experiment experiment() {
  return {.name = "fields-tradeoff",
          .figure = "9",
          .question = "Through training: what does forgetting cost in general knowledge, and in the neighbours'?",
          .finding =
              "At any general loss SGTM's forget loss lies above the weak filter's; it keeps more of the neighbours "
              "than the "
              "strict filter.",
          .runs = fields::experiment().runs,
          .analyse = analyse,
          .size = "0.25M"};
}

}  // namespace sgtm::fields_tradeoff
