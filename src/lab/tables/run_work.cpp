#include "lab/tables/run_work.hpp"

namespace sgtm {

double trained_tokens(const RunConfig& config) {
  if (config.filter == "none" || config.refill) return config.tokens;
  return config.tokens * (1 - (1 - config.labels.undiscovered + config.labels.false_positive_rate.value_or(0)) / 2);
}

double work_of(const RunConfig& config) {
  constexpr double forward = 1 / 2.4;  // of a training step's time
  const double document = static_cast<double>(config.model.context) / 2;
  const double calibrations =
      1 + (config.evaluate_every > 0 && config.evaluate_every < 1 ? 1 / config.evaluate_every : 0);
  const auto tokens = [&](Index steps, Index documents) { return static_cast<double>(steps * documents) * document; };
  return trained_tokens(config) +
         calibrations * forward * 3 * tokens(config.calibration_steps, config.calibration_documents) +
         2 * tokens(config.relearning.steps, config.relearning.documents);
}

}  // namespace sgtm
