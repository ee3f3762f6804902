#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/safetensors.hpp"
#include "text/source.hpp"
#include "text/tokenizer.hpp"

namespace sgtm {

/// Writes documents as tokens, one after the other, each followed by the end token: a safetensors file of `tokens` (16
/// bits where the vocabulary allows), `offsets` (documents + 1, where each begins) and, where they are known, `kinds`
/// (what each document is about: its plot, or field) and `labels` (what somebody has said of it).
class TokenWriter {
 public:
  TokenWriter(const fs::path& path, int vocabulary, int end_token);
  void add(const std::vector<int>& document, int kind = -1, std::optional<Label> label = {});
  void commit();
  Index documents() const { return static_cast<Index>(offsets_.size()) - 1; }
  Index tokens() const { return offsets_.back(); }
  std::uint64_t digest() const { return file_.digest(); }

 private:
  SafetensorsWriter file_;
  int end_token_;
  bool wide_;
  std::vector<std::int32_t> buffer_;
  std::vector<std::int64_t> offsets_{0};
  std::vector<std::int32_t> kinds_, labels_;
};

/// Reads such a file, which may be larger than memory.
class TokenFile {
 public:
  explicit TokenFile(const fs::path& path);
  Index documents() const { return static_cast<Index>(offsets_.size()) - 1; }
  /// Tokens of all documents, end tokens included.
  Index tokens() const { return offsets_.back(); }
  Index length(Index document) const;
  /// What kind of text each document is, from 0: its plot, or field. Empty where that is not known.
  const std::vector<int>& kinds() const { return kinds_; }
  /// What somebody has said of each document. Empty where nobody has.
  const std::vector<Label>& labels() const { return labels_; }
  /// Appends a document's tokens. Throws Error for a token that is not below `vocabulary`.
  void append(Index document, int vocabulary, std::vector<int>& tokens) const;
  std::uint64_t digest() const { return file_.digest(); }

 private:
  SafetensorsFile file_;
  std::vector<std::int64_t> offsets_;
  std::vector<int> kinds_;
  std::vector<Label> labels_;
};

/// A data set: a folder that `sgtm prepare` wrote, by the names of its sources.
struct Dataset {
  struct Part {
    std::unique_ptr<TokenFile> train, held_out;  // either can be missing, where labels were given
    /// Nats per predicted token that no model can go below on the held-out documents; known for generated texts.
    std::optional<double> floor;
  };
  fs::path path;
  Index context;
  std::string tokenizer_fingerprint;
  std::string questions;  // fingerprint of its questions; empty: there are none
  std::string digest;     // of its tokenizer and all tokens, so that no other data set is taken for it
  std::map<std::string, Part> parts;

  /// Its training documents of a source; null where there are none.
  const TokenFile* training(Source source) const;
  /// Its held-out documents by source, where there are some.
  std::map<std::string, const TokenFile*> held_out() const;
  /// Whether its documents carry labels that somebody gave; else labels are drawn.
  bool labeled() const;
};

/// The file of a source's tokens; `part` is train or held_out.
std::string token_file(const std::string& part, const std::string& source);

/// A data set's digest, of its tokenizer's fingerprint and its token files' digests.
std::string data_digest(const std::string& tokenizer, const std::map<std::string, std::uint64_t>& digests);

/// Throws Error for a folder that holds no data set, or one that is damaged or not as it was prepared.
Dataset read_dataset(const fs::path& folder);

}  // namespace sgtm
