#pragma once

#include "lab/experiments/experiment.hpp"

namespace sgtm::dual_model {

/// A run of SGTM with everything masked that can be, with embeddings left joint, projections, and both.
std::vector<PlannedRun> masked_variants(const PlannedRun& sgtm);
/// Adds what these, beside runs of "none", are worth as full models: a figure called `name` and a size, and verdicts,
/// by how many nats the forget loss may lie above the unfiltered model's among them.
void judge_dual_models(Analysis& analysis, const std::vector<Finished>& all, double undiscovered, const char* name,
                       double nats);

}  // namespace sgtm::dual_model
