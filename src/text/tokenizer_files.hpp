#pragma once

#include <string>
#include <vector>

#include "core/files.hpp"
#include "core/matrix.hpp"

namespace sgtm {

/// A token as a file has it: in GPT-2's byte characters, or, where it is special, as it is.
struct StoredToken {
  std::string text;
  Index id;
  bool special = false;
};
struct StoredMerge {
  std::string left, right;
  std::string where;  // "merges.txt, line 3", for errors
};

/// What a folder holds of a tokenizer: vocab.json and merges.txt (GPT-2's format), or tokenizer.json (that of Hugging
/// Face's tokenizers).
struct TokenizerFiles {
  std::string where;  // the file of tokens, for errors
  std::vector<StoredToken> tokens;
  std::vector<StoredMerge> merges;
  bool has_end_text = false;  // whether <|endoftext|> is among the tokens
  Index end_token = -1;       // else the end token is that of a config.json beside them
};

/// Throws Error where files are missing or damaged, and for a tokenizer that is no byte-level BPE.
TokenizerFiles read_tokenizer_files(const fs::path& folder);

/// Whether a folder holds a tokenizer.
bool has_tokenizer(const fs::path& folder);

}  // namespace sgtm
