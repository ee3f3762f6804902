#pragma once

#include <string>
#include <vector>

#include "text/prepare.hpp"

namespace sgtm {

struct EncyclopediaConfig {
  WorldConfig world;
  Index articles = 20000;                     // of all fields together
  std::vector<std::string> forget, adjacent;  // fields; all others are retain
};

/// Draws the world of data/encyclopedia and promises its articles, every field as many as its share of the entities.
/// Throws Error for an unknown field, one that is named twice, or nothing to forget or to retain.
RawData make_encyclopedia(const EncyclopediaConfig& config);

}  // namespace sgtm
