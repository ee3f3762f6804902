#pragma once

#include <optional>

#include "core/record.hpp"
#include "text/source.hpp"

namespace sgtm {

/// How many documents carry each label.
struct LabelFacts {
  Index forget = 0, unlabeled = 0, retain = 0;
};

/// What a data set's data.json says of a source.
struct SourceFacts {
  std::string from;
  Index documents = 1, tokens = 0, held_out_documents = 1, held_out_tokens = 0;
  std::optional<double> floor;  // the least loss that can be reached, nats per token
  std::optional<LabelFacts> labels;
};

/// How good given labels are, where the truth is known.
struct LabelQuality {
  std::optional<double> precision, recall;
};

/// What a data set's data.json says. The maps are in its order.
struct DataFacts {
  std::string tokenizer, questions;  // their fingerprints
  std::optional<std::string> digest;
  Index vocabulary = 0, context = 0;
  double held_out = 0;
  std::uint64_t seed = 0;
  nlohmann::ordered_map<std::string, SourceFacts> sources;
  std::optional<LabelQuality> labels;                                       // where they were given
  nlohmann::ordered_map<std::string, std::optional<double>> shared_tokens;  // by "retain and forget"
};

/// Throws Error for a damaged file.
DataFacts read_facts(const fs::path& folder);

/// Whether a folder holds a data set with given labels.
bool has_given_labels(const fs::path& folder);

}  // namespace sgtm
