#include "experiments/experiment.hpp"

#include <fmt/format.h>

#include <cmath>

#include "experiments/all_experiments.hpp"

namespace sgtm {

const std::vector<Experiment>& experiments() {
  static const std::vector<Experiment> all{sound_setting(),
                                           undiscovered(),
                                           leakage_runs(),
                                           scaling(),
                                           absorption(),
                                           tradeoff(),
                                           gradient_separation(),
                                           rmu_settings(),
                                           relearning_attack(),
                                           token_losses(),
                                           variants(),
                                           compute_penalty_runs(),
                                           dual_model(),
                                           classifier_grid(),
                                           forget_share(),
                                           noise_structure(),
                                           real_text(),
                                           fields(),
                                           fields_tradeoff(),
                                           fields_compute(),
                                           fields_rmu(),
                                           fields_relearning(),
                                           fields_classifier(),
                                           fields_second(),
                                           entanglement(),
                                           fields_dual()};
  return all;
}

std::string Verdict::text() const {
  if (std::isnan(high)) return claim + ": can't tell (no seed has the runs that it takes, or none came so far)";
  if (std::isinf(high)) return claim + ": can't tell (too few runs for an interval)";
  const bool beyond = above ? low > threshold : high < threshold, short_of = above ? high < threshold : low > threshold;
  return fmt::format("{}: {} (95 % interval {:.4g} to {:.4g}; threshold {:.4g})", claim,
                     beyond     ? "shows"
                     : short_of ? "does not show"
                                : "can't tell",
                     low, high, threshold);
}

}  // namespace sgtm
