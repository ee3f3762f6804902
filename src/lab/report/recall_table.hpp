#pragma once

#include <string>
#include <vector>

#include "eval/recall.hpp"

namespace sgtm {

/// What a model knows, a row per group, with 95 % intervals over facts.
std::string recall_table(const std::vector<Recall>& known);

}  // namespace sgtm
