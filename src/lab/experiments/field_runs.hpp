#pragma once

#include "lab/experiments/method_runs.hpp"

namespace sgtm {

/// A field to forget, and its neighbours, which are adjacent. All other fields are general knowledge: retain.
struct ForgetField {
  const char* name;
  std::vector<std::string> neighbours;
};
extern const ForgetField biology, military;

/// The share of facts that other fields tell, unless an experiment says otherwise. From 240 entities on it leaves
/// 150 questions on facts told nowhere else, and as many on those that neighbours tell.
inline constexpr double usual_entanglement = 0.57;

/// The encyclopedia's settings with this field to forget, and enough articles for so many entities.
EncyclopediaConfig encyclopedia_without(const ForgetField& field, Index entities);

/// A world as large as a size can learn.
RunData world_for(const Sizing& sizing, const std::string& size, const ForgetField& field = biology,
                  double entanglement = usual_entanglement);

inline constexpr const char* field_methods[] = {"none", "weak", "strict", "sgtm"};
/// A method for such a world:
///
///     none      nothing is filtered
///     weak      the forget field's articles are dropped, and others take their place
///     strict    its neighbours' articles too
///     sgtm      the forget field's articles are labeled, and a tenth of all others; embeddings are masked
void use_field_method(RunConfig& config, const std::string& method);

/// A run on that world.
PlannedRun field_run(const Sizing& sizing, const std::string& size, const std::string& method, int seed,
                     const RunData& world);
PlannedRun field_run(const Sizing& sizing, const std::string& method, int seed);

/// Steps of a relearning attack on what RMU did not unlearn.
inline constexpr Index field_attack_steps = 3000;
/// What they are to bring back: the forget loss, and half and nine tenths of the answers. The last are often out of
/// reach: questions whose words the model did not learn with these facts.
std::vector<Goal> field_goals();

/// The unfiltered model, unlearned by RMU and attacked.
PlannedRun field_unlearned(const Sizing& sizing, int seed, const RmuSetting& setting);

/// With losses written down on its way, and attacked, if anything was removed: what `fields` and the experiments that
/// share its runs ask for.
PlannedRun field_course_run(const Sizing& sizing, const std::string& method, int seed);

}  // namespace sgtm
