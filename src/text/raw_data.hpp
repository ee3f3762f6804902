#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "text/documents.hpp"
#include "text/lexicon.hpp"
#include "text/questions.hpp"

// What a data set is prepared from: stories, an encyclopedia, or documents that somebody has labeled.

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

/// `count` stories of a seed in one language, as documents.
SourceDocuments story_documents(const std::string& name, Language language, std::uint64_t seed, Index count);

struct EncyclopediaConfig {
  WorldConfig world;
  Index articles = 20000;                     // of all fields together
  std::vector<std::string> forget, adjacent;  // fields; all others are retain
};

/// Draws the world of data/encyclopedia and promises its articles, every field as many as its share of the entities.
/// Throws Error for an unknown field, one that is named twice, or nothing to forget or to retain.
RawData make_encyclopedia(const EncyclopediaConfig& config);

/// Documents that somebody has labeled, and what is to be measured: held-out documents by source.
struct LabeledFiles {
  std::vector<fs::path> documents;
  std::map<Source, std::vector<fs::path>> held_out = {};
  TextOptions text = {};
  GivenLabelOptions given_labels = {};
};

/// The sources of a data set with given labels. Where the documents say where they come from, each source has its own;
/// held out is what is given, else a share of them. Where they don't, all are of the source "unknown", and held-out
/// documents of retain and forget are needed. Throws Error where no document is labeled forget, and where only some say
/// where they come from.
std::vector<SourceDocuments> labeled_documents(const LabeledFiles& files);

}  // namespace sgtm
