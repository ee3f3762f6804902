#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/files.hpp"

namespace sgtm {

struct TokenizerFiles;

/// Is told now and then, from within a long text, how many more of its bytes are done; all but the last few.
using ReadBytes = std::function<void(std::size_t)>;
inline constexpr std::size_t told_at_once = 1 << 16;  // bytes

/// Byte-level byte-pair encoding (Sennrich et al. 2016; Radford et al. 2019) in GPT-2's file format: vocab.json maps
/// tokens to numbers, merges.txt lists which pairs are joined, the most important first. Any GPT-2 tokenizer's
/// files work, and those that Hugging Face's tokenizers writes for one. The token <|endoftext|> closes documents.
class Tokenizer {
 public:
  static constexpr const char* end_text = "<|endoftext|>";

  /// Tokens 0 to 255 are the bytes, in GPT-2's order; then what the merges make, each once; then the end token. Every
  /// pair joins tokens that exist when it comes up.
  explicit Tokenizer(const std::vector<std::pair<int, int>>& merges);
  /// Reads vocab.json and merges.txt of a folder, or its tokenizer.json. Throws Error where they are missing, don't fit
  /// each other, or are no byte-level BPE.
  static Tokenizer read(const fs::path& folder);
  void write(const fs::path& folder) const;

  int size() const { return static_cast<int>(tokens_.size()); }
  int end_token() const { return end_token_; }
  /// A token's bytes.
  const std::string& bytes(int token) const { return tokens_[static_cast<std::size_t>(token)]; }
  int byte_token(char byte) const { return byte_token_[static_cast<unsigned char>(byte)]; }
  /// A number that two tokenizers share only if they are the same.
  std::uint64_t fingerprint() const;

  /// Text, which must be valid UTF-8, to tokens; never the end token. Safe to call from several threads.
  std::vector<int> encode(std::string_view text, const ReadBytes& read = {}) const;
  /// Tokens to the bytes they stand for. decode(encode(text)) == text.
  std::string decode(const std::vector<int>& tokens) const;

 private:
  struct Merge {
    int rank, token;
  };
  Tokenizer() = default;
  /// Gives every token its number; returns the number of each token's bytes.
  std::unordered_map<std::string, int> number_tokens(const TokenizerFiles& files);
  void encode_word(std::string_view word, std::vector<int>& tokens, const ReadBytes& read) const;
  static std::uint64_t key(int left, int right) {
    return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint32_t>(right);
  }

  std::vector<std::string> tokens_;
  std::vector<std::pair<int, int>> merge_list_;
  std::unordered_map<std::uint64_t, Merge> merges_;
  int byte_token_[256] = {};
  int end_token_ = -1;
  std::uint64_t identity_ = 0;  // tells caches of different tokenizers apart
};

/// Learns merges from the counts of words: again and again the pair of neighbouring tokens that occurs most often
/// becomes a token, until there are `vocabulary` tokens with the bytes and the end token, or no pair occurs twice.
/// Among equals the pair whose tokens came first wins.
std::vector<std::pair<int, int>> learn_merges(const std::unordered_map<std::string, std::int64_t>& words,
                                              int vocabulary);

}  // namespace sgtm
