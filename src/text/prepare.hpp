#pragma once

#include <cstdint>

#include "text/raw_data.hpp"

namespace sgtm {

struct PrepareConfig {
  fs::path out = "runs/data";
  int vocabulary = 4096;
  fs::path tokenizer;  // folder of vocab.json and merges.txt to use; empty: learn one from the data
  Index context = 256;
  double held_out = 0.02;  // share of each source's documents
  bool cut_long = false;   // cut long documents, as the paper does, instead of splitting them
  std::uint64_t seed = 1;
  bool overwrite = false;
};

/// Writes a data set: tokenizer, training and held-out tokens of every source, and data.json with what they are. It
/// reads the sources twice (once to count words and choose what is held out) and keeps little of them in memory.
/// Training documents that equal a held-out one of their source, or of any where those were given, are left out.
/// Questions, where there are some, become questions.json.
/// Throws Error for bad input.
void prepare(const PrepareConfig& config, const std::vector<SourceDocuments>& texts, const Questions& questions = {});

/// True if `config.out` holds a data set of just these sources, prepared so (of the vocabulary and of long documents it
/// can't be told).
bool is_prepared(const PrepareConfig& config, const std::vector<SourceDocuments>& texts);

}  // namespace sgtm
