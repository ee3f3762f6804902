#include "lab/experiments/field_runs.hpp"

#include "lab/analysis/field_recall.hpp"

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

std::vector<Goal> field_goals() {
  return {story_goals().back(), recall_goal("half-recall", "half of the answers", 0.5),
          recall_goal("recall", "nine tenths of the answers", 0.9)};
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

}  // namespace sgtm
