#pragma once

#include <string>
#include <vector>

#include "text/prepare.hpp"
#include "text/questions.hpp"

namespace sgtm {

struct EncyclopediaConfig {
  WorldConfig world;
  Index articles = 20000;                     // of all fields together
  std::vector<std::string> forget, adjacent;  // fields; all others are retain
};

/// What a data set of articles is made of: the articles by source, and the questions on their facts.
struct Encyclopedia {
  std::vector<SourceDocuments> sources;
  Questions questions;
};

/// Draws the world of data/encyclopedia and promises its articles, every field as many as its share of the entities.
/// Throws Error for an unknown field, one that is named twice, or nothing to forget or to retain.
Encyclopedia make_encyclopedia(const EncyclopediaConfig& config);

}  // namespace sgtm
