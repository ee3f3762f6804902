#pragma once

#include <cstdint>
#include <map>

#include "core/matrix.hpp"
#include "text/documents.hpp"
#include "text/lexicon.hpp"
#include "text/questions.hpp"

namespace sgtm {

/// One source of a data set.
struct SourceDocuments {
  std::string name;  // "retain", "adjacent", "forget" or "unknown"
  std::string description;
  DocumentSource documents;  // empty: there is nothing to train on
  /// For generated texts: the probability of everything that a text can begin with, up to its first space.
  std::map<std::string, double> first_words = {};
  DocumentSource held_out = {};  // documents of their own, perhaps none; empty: a share of `documents`
  bool labeled = false;          // whether somebody has labeled the documents
};

/// What a data set is prepared from: documents by source and, of an encyclopedia, questions on its facts.
struct RawData {
  std::vector<SourceDocuments> sources;
  Questions questions;
};

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

/// `count` stories of a seed in one language, as documents.
SourceDocuments story_documents(const std::string& name, Language language, std::uint64_t seed, Index count);

/// True if `config.out` holds a data set of just these sources, prepared so (of the vocabulary and of long documents it
/// can't be told).
bool is_prepared(const PrepareConfig& config, const std::vector<SourceDocuments>& texts);

}  // namespace sgtm
