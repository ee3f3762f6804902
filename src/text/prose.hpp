#pragma once

#include <string>

#include "text/grammar.hpp"

namespace sgtm {

/// A story's text, to which words are joined as a writer would: Spanish contracts a el and de el, and changes y before
/// i and o before o; a sentence begins with a capital.
class Prose {
 public:
  Prose(Language language, std::string& text) : language_(language), text_(text) {}
  void append(std::string words);
  void add_space() { text_ += ' '; }
  /// The next word begins a sentence, whatever stands before it.
  void begin_sentence() { capital_ = true; }

 private:
  void join_spanish(std::string& words);

  Language language_;
  std::string& text_;
  bool capital_ = false;
};

}  // namespace sgtm
