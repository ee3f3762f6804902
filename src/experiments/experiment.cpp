#include "experiments/experiment.hpp"

#include <fmt/format.h>

#include <cmath>

#include "experiments/absorption.hpp"
#include "experiments/classifier_grid.hpp"
#include "experiments/compute_penalty.hpp"
#include "experiments/dual_model.hpp"
#include "experiments/entanglement.hpp"
#include "experiments/fields.hpp"
#include "experiments/fields_classifier.hpp"
#include "experiments/fields_compute.hpp"
#include "experiments/fields_dual.hpp"
#include "experiments/fields_relearning.hpp"
#include "experiments/fields_rmu.hpp"
#include "experiments/fields_tradeoff.hpp"
#include "experiments/forget_share.hpp"
#include "experiments/gradient_separation.hpp"
#include "experiments/leakage_runs.hpp"
#include "experiments/noise_structure.hpp"
#include "experiments/real_text.hpp"
#include "experiments/relearning_attack.hpp"
#include "experiments/scaling.hpp"
#include "experiments/sound_setting.hpp"
#include "experiments/token_losses.hpp"
#include "experiments/tradeoff.hpp"
#include "experiments/undiscovered.hpp"
#include "experiments/variants.hpp"

namespace sgtm {

const std::vector<Experiment>& experiments() {
  static const std::vector<Experiment> all{sound_setting(),
                                           undiscovered(),
                                           leakage_runs(),
                                           scaling(),
                                           absorption(),
                                           tradeoff(),
                                           gradient_separation(),
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
  if (std::isinf(high)) return claim + ": can't tell (a single seed has no interval)";
  const bool beyond = above ? low > threshold : high < threshold, short_of = above ? high < threshold : low > threshold;
  return fmt::format("{}: {} (95 % interval {:.4g} to {:.4g}; threshold {:.4g})", claim,
                     beyond     ? "shows"
                     : short_of ? "does not show"
                                : "can't tell",
                     low, high, threshold);
}

}  // namespace sgtm
