#pragma once

#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/safetensors.hpp"
#include "text/source.hpp"
#include "text/tokenizer.hpp"

namespace sgtm {

/// Writes documents as tokens, one after the other, each followed by the end token: a safetensors file of `tokens` (16
/// bits where the vocabulary allows), `offsets` (documents + 1, where each begins) and, where they are known, `kinds`
/// (what each document is about: its plot, or field).
class TokenWriter {
 public:
  TokenWriter(const fs::path& path, int vocabulary, int end_token);
  void add(const std::vector<int>& document, int kind = -1);
  void commit();
  Index documents() const { return static_cast<Index>(offsets_.size()) - 1; }
  Index tokens() const { return offsets_.back(); }

 private:
  SafetensorsWriter file_;
  int end_token_;
  bool wide_;
  std::vector<std::int32_t> buffer_;
  std::vector<std::int64_t> offsets_{0};
  std::vector<std::int32_t> kinds_;
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
  /// Appends a document's tokens. Throws Error for a token that is not below `vocabulary`.
  void append(Index document, int vocabulary, std::vector<int>& tokens) const;

 private:
  SafetensorsFile file_;
  std::vector<std::int64_t> offsets_;
  std::vector<int> kinds_;
};

/// A data set: a folder that `sgtm prepare` wrote. Sources are called retain, forget and, where there is one, adjacent.
struct Dataset {
  struct Part {
    std::unique_ptr<TokenFile> train, held_out;
    /// Nats per predicted token that no model can go below on the held-out documents; known for generated texts.
    std::optional<double> floor;
  };
  fs::path path;
  Index context;
  std::string tokenizer_fingerprint;
  std::string questions;  // fingerprint of its questions; empty: there are none
  std::map<std::string, Part> parts;
};

/// Throws Error for a folder that holds no data set, or a damaged one.
Dataset read_dataset(const fs::path& folder);

}  // namespace sgtm
