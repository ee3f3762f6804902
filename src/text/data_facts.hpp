#pragma once

#include <optional>

#include "core/record.hpp"
#include "text/source.hpp"

namespace sgtm {

/// What a data set's data.json says of a source.
struct SourceFacts {
  std::string from;
  Index documents = 1, tokens = 0, held_out_documents = 1, held_out_tokens = 0;
  Index longer_than_context = 0, longest_document = 0, equal_to_held_out = 0;
  std::optional<double> floor;     // the least loss that can be reached, nats per token
  std::optional<Index> too_short;  // documents that are left out
  std::optional<Per<Label, Index>> labels;
};

/// How good given labels are, where the truth is known.
struct LabelQuality {
  std::optional<double> precision, recall;
};

/// What a data set's data.json says.
struct DataFacts {
  std::string format = "sgtm data 1", tokenizer;  // its fingerprint
  Index vocabulary = 0, context = 0;
  double held_out = 0;
  std::string long_documents;  // cut or split
  std::uint64_t seed = 0;
  nlohmann::ordered_map<std::string, SourceFacts> sources;  // in the order in which they were given
  /// By the names of two sources, as in "retain and forget".
  std::optional<nlohmann::ordered_map<std::string, std::optional<double>>> shared_tokens;
  std::optional<std::string> questions;  // their fingerprint
  std::optional<LabelQuality> labels;    // where they were given
  std::optional<std::string> digest;
};

void write_facts(const fs::path& folder, const DataFacts& facts);
/// Throws Error for a damaged file.
DataFacts read_facts(const fs::path& folder);

/// Whether a folder holds a data set with given labels.
bool has_given_labels(const fs::path& folder);

}  // namespace sgtm
