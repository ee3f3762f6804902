#include "experiments/experiment.hpp"

#include <fmt/format.h>

#include "experiments/leakage_runs.hpp"
#include "experiments/scaling.hpp"
#include "experiments/sound_setting.hpp"
#include "experiments/undiscovered.hpp"

namespace sgtm {

const std::vector<Experiment>& experiments() {
  static const std::vector<Experiment> all{sound_setting(), undiscovered(), leakage_runs(), scaling()};
  return all;
}

std::string Verdict::text() const {
  const bool beyond = above ? low > threshold : high < threshold, short_of = above ? high < threshold : low > threshold;
  return fmt::format("{}: {} (95 % interval {:.4g} to {:.4g}; threshold {:.4g})", claim,
                     beyond     ? "shows"
                     : short_of ? "does not show"
                                : "can't tell",
                     low, high, threshold);
}

}  // namespace sgtm
