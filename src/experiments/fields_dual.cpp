#include "experiments/fields_dual.hpp"

#include "experiments/dual_model.hpp"
#include "experiments/field_runs.hpp"

namespace sgtm {
namespace {

/// The unfiltered runs, and SGTM's with everything masked, are those of `fields`.
std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed) {
    table.push_back(field_course_run(sizing, "none", seed));
    table.push_back(masked_variants(field_course_run(sizing, "sgtm", seed)).front());
    const auto others = masked_variants(field_run(sizing, "sgtm", seed));
    table.insert(table.end(), others.begin() + 1, others.end());
  }
  return table;
}

Analysis analyse(const std::vector<Finished>& all) {
  Analysis analysis = field_analysis(all);
  judge_dual_models(analysis, all, 0, "fields-dual");
  return analysis;
}

}  // namespace

Experiment fields_dual() {
  return {"fields-dual",
          "10",
          "What is the model before ablation worth as the full model, and what does making it better cost?",
          "Default masking wastes 85 % of the compute on forget data before ablation; with joint embeddings and "
          "projections 30 %, and still 88 % after ablation.",
          runs,
          analyse,
          "0.25M"};
}

}  // namespace sgtm
