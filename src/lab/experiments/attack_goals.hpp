#pragma once

#include "lab/analysis/recovery.hpp"

namespace sgtm {

/// What relearning attacks are to bring back of Spanish: all but half a nat of the forget loss, and the forget loss.
std::vector<Goal> story_goals();

/// Of a field: the forget loss, and half and nine tenths of the answers. The last are often out of reach: questions
/// whose words the model did not learn with these facts.
std::vector<Goal> field_goals();

}  // namespace sgtm
