#include <algorithm>

#include "lab/analysis/penalty.hpp"
#include "lab/experiments/field_runs.hpp"

namespace sgtm::fields_compute {

/// All sizes learn the largest one's world. At that size the whole runs are those of `fields`.
std::vector<PlannedRun> runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  const RunData world = world_for(sizing, sizing.size);
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const std::string& size : sizes_up_to(sizing.size)) {
      const auto whole = [&](const char* method) {
        return size == sizing.size ? field_course_run(sizing, method, seed)
                                   : field_run(sizing, size, method, seed, world);
      };
      for (const double budget : budgets)
        table.push_back(budget < 1 ? with_budget(field_run(sizing, size, "none", seed, world), budget) : whole("none"));
      for (const char* method : {"weak", "strict", "sgtm"}) table.push_back(whole(method));
    }
  return table;
}

/// Losses in worlds of different sizes can't be compared: only one world's runs count, of the largest that has a law,
/// else of the largest.
std::vector<Finished> of_one_world(const std::vector<Finished>& all) {
  std::map<Index, std::vector<Finished>> by_entities;
  for (const Finished& run : all) by_entities[run.plan.data.encyclopedia.world.entities].push_back(run);
  const auto with_law = std::find_if(by_entities.rbegin(), by_entities.rend(),
                                     [](const auto& world) { return standard_law(world.second, "retain"); });
  return (with_law != by_entities.rend() ? with_law : by_entities.rbegin())->second;
}

Analysis analyse(const std::vector<Finished>& finished) {
  const std::vector<Finished> all = of_one_world(finished);
  Analysis analysis = penalty_analysis(all, {{"weak", "strict", "sgtm"},
                                             0,
                                             {{"retain", "general", "fields-compute-general"},
                                              {"adjacent", "adjacent", "fields-compute-adjacent"},
                                              {"forget", "forget", "fields-compute-forget"}}});
  for (const std::string& size : sizes_in(all)) {
    // By how much SGTM's penalty is larger than the other method's, seed by seed.
    const auto more_than = [&](const char* other, const char* source) {
      return values(minus(penalties(all, size, "sgtm", 0, source), penalties(all, size, other, 0, source)));
    };
    claim_below(analysis, size + ": SGTM's compute penalty on general knowledge is below 20 %",
                values(penalties(all, size, "sgtm", 0, "retain")), 20);
    claim_above(analysis, size + ": on forget data it is above 90 %", values(penalties(all, size, "sgtm", 0, "forget")),
                90);
    claim_above(analysis, size + ": on general knowledge it is above the weak filter's", more_than("weak", "retain"),
                0);
    claim_below(analysis, size + ": on the neighbours it is below the strict filter's", more_than("strict", "adjacent"),
                0);
  }
  return analysis;
}

Experiment experiment() {
  return {.name = "fields-compute",
          .figure = "9, App. B",
          .question = "How much of its compute does a method waste, on general, adjacent and forget knowledge?",
          .finding =
              "SGTM wastes 5, 38 and 99 % on general, adjacent and forget data. The weak filter wastes -10, 7 and 95 "
              "%, the strict filter -15, 67 and 96 %.",
          .runs = runs,
          .analyse = analyse,
          .size = "0.25M"};
}

}  // namespace sgtm::fields_compute
