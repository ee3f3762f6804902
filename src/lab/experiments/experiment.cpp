#include "lab/experiments/experiment.hpp"

#include "lab/experiments/all_experiments.hpp"

namespace sgtm {

const std::vector<Experiment>& experiments() {
  static const std::vector<Experiment> all{
      undiscovered(),        leakage_runs(),      scaling(),           absorption(),      tradeoff(),
      gradient_separation(), relearning_attack(), token_losses(),      variants(),        compute_penalty_runs(),
      dual_model(),          classifier_grid(),   forget_share(),      noise_structure(), real_text(),
      sound_setting(),       learning_rates(),    rmu_settings(),      fields(),          fields_tradeoff(),
      fields_compute(),      fields_relearning(), fields_classifier(), fields_second(),   entanglement(),
      fields_dual(),         fields_rmu()};
  return all;
}

}  // namespace sgtm
