#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "text/prepare.hpp"

namespace sgtm {

using WordCounts = std::unordered_map<std::string, std::int64_t>;

/// Tells a document's text from others while one program runs.
inline std::uint64_t hash_of_text(const Document& document) {
  return std::hash<std::string>()(document.text);
}

/// What the first pass finds out about a source.
struct Survey {
  std::vector<std::uint64_t> hashes;  // of every document, and of those that were given to be held out
  std::vector<bool> held_out;
  std::unordered_set<std::uint64_t> held_out_hashes;
  double bytes = 0;
};

/// Reads a source once: chooses which of its documents are held out, and adds its words to `words` where that is given.
/// Throws Error for a source of fewer than two documents.
Survey survey(const SourceDocuments& source, const PrepareConfig& config, WordCounts* words);

}  // namespace sgtm
