#pragma once

#include <map>
#include <string>

#include "lab/tables/planned_run.hpp"

/// A loss, or anything else that a run has of every source.
struct OfSources {
  double retain, adjacent, forget;
  sgtm::BySource named() const { return {{"retain", retain}, {"adjacent", adjacent}, {"forget", forget}}; }
};

/// A run that has finished with these calibrated losses x. Before ablation they were 2 x + 1, and ablated, before
/// calibration, 3 x + 5: no state is like another, nor is a difference or a ratio of two runs.
inline sgtm::Finished made_up_run(const std::string& size, const std::string& method, double undiscovered,
                                  std::uint64_t seed, const OfSources& x) {
  sgtm::Finished run{{size, method, undiscovered, {}, {}}, {}};
  run.plan.config.seed = seed;
  const OfSources trained{2 * x.retain + 1, 2 * x.adjacent + 1, 2 * x.forget + 1},
      ablated{3 * x.retain + 5, 3 * x.adjacent + 5, 3 * x.forget + 5};
  run.result.losses = {{"trained", trained.named()}, {"ablated", ablated.named()}, {"calibrated", x.named()}};
  run.result.floor = OfSources{0.25, 0.375, 0.5}.named();
  return run;
}

/// As such a run of a model that is not split: there is nothing to ablate.
inline sgtm::Finished undivided(sgtm::Finished run) {
  run.result.losses["ablated"].clear();
  return run;
}
