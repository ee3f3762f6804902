#include "experiments/fields_classifier.hpp"

#include <fmt/format.h>

#include <map>

#include "experiments/field_runs.hpp"

namespace sgtm {
namespace {

constexpr double found[] = {1, 0.8, 0.5};      // true positive rates
constexpr double mistaken[] = {0, 0.05, 0.2};  // false positive rates
constexpr const char* drawn_from[] = {"all", "neighbours"};
constexpr double others_per_forget = 11;  // of twelve equal fields

std::string cell_name(const char* method, double tpr, double fpr, const char* from) {
  return fmt::format("{}, TPR {:g}, FPR {:g}{}{}", method, tpr, fpr, fpr > 0 ? " from " : "", fpr > 0 ? from : "");
}

/// Either way as many articles are mistaken: fpr is a share of all that are not forget.
PlannedRun cell_run(const Sizing& sizing, const char* method, double tpr, double fpr, const char* from, int seed) {
  const bool perfect = tpr == 1 && fpr == 0;  // a run of `fields`
  PlannedRun run = perfect ? field_course_run(sizing, method, seed) : field_run(sizing, method, seed);
  run.method = cell_name(method, tpr, fpr, from);
  run.undiscovered = 1 - tpr;
  LabelConfig& labels = run.config.labels;
  labels.undiscovered = 1 - tpr;
  if (fpr == 0) return run;
  labels.precision = tpr / (tpr + others_per_forget * fpr);
  labels.false_positives = from == std::string("all") ? "paper" : "code";
  return run;
}

std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const double fpr : mistaken)
      for (const double tpr : found)
        for (const char* from : drawn_from)
          for (const char* method : {"weak", "sgtm"})
            if (fpr > 0 || from == drawn_from[0]) table.push_back(cell_run(sizing, method, tpr, fpr, from, seed));
  return table;
}

Figure figure_of(const std::vector<Finished>& all, const std::string& size, const char* from, const char* group) {
  Figure figure{fmt::format("The classifier's mistakes, false ones from {}, {}", from, size),
                "share of forget articles that the classifier finds (TPR)",
                fmt::format("{} questions answered right", group),
                {},
                "set xrange [0.45:1.05]\nset yrange [0:1.05]\nset key outside\n"};
  for (const char* method : {"weak", "sgtm"})
    for (std::size_t f = 0; f < std::size(mistaken); ++f) {
      Series line{fmt::format("{}, FPR {:g}", method, mistaken[f]),
                  fmt::format("linespoints lw 1.5 pt 7 dt {} lc rgb '{}'", f + 1, colour_of(method)),
                  {}};
      for (const double tpr : found) {
        const auto of = runs_of(all, size, cell_name(method, tpr, mistaken[f], from), 1 - tpr);
        if (!of.empty()) line.points.emplace_back(tpr, mean_over(of, recalled("calibrated", group)).mean);
      }
      if (!line.points.empty()) figure.series.push_back(std::move(line));
    }
  return figure;
}

/// How much more SGTM forgets than the filter: by seed, the mean over the cells with TPR < 1.
std::vector<double> leads(const std::vector<Finished>& all, const std::string& size, const char* from) {
  std::map<std::uint64_t, std::vector<double>> by_seed;
  for (const double fpr : mistaken)
    for (const double tpr : found) {
      if (tpr == 1) continue;
      for (const Finished* weak : runs_of(all, size, cell_name("weak", tpr, fpr, from), 1 - tpr))
        for (const double lead : paired_differences(
                 {weak}, runs_of(all, size, cell_name("sgtm", tpr, fpr, from), 1 - tpr), "calibrated", "forget"))
          by_seed[weak->plan.config.seed].push_back(lead);
    }
  std::vector<double> means;
  for (const auto& [seed, of_cells] : by_seed) means.push_back(estimate_mean(of_cells).mean);
  return means;
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = field_analysis(all);
  for (const std::string& size : sizes_in(all))
    for (const char* from : drawn_from) {
      for (const char* group : {"forget", "adjacent", "retain"})
        analysis.figures.emplace_back(fmt::format("fields-classifier-{}-{}-{}", from, group, size),
                                      figure_of(all, size, from, group));
      judge(analysis,
            fmt::format("{}, false positives from {}: where TPR < 1, SGTM's forget loss is above the filter's (mean "
                        "over cells)",
                        size, from),
            leads(all, size, from), 0, true);
    }
  return analysis;
}

}  // namespace

Experiment fields_classifier() {
  return {"fields-classifier",
          "11",
          "Which mistakes of the classifier matter, and does it matter whether neighbours are mistaken for biology?",
          "SGTM forgets more than filtering wherever TPR < 1; its retain penalty shrinks as the classifier worsens.",
          runs,
          analyse,
          "0.25M",
          1};
}

}  // namespace sgtm
