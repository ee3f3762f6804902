#pragma once

#include "core/random.hpp"
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

/// A derivation: which of its options every choice took. A choice has a key that says where it was made, as in
/// "plot/beat 3/soon 0"; the keys are the same in both languages.
using Choices = std::map<std::string, int>;

/// The same events told in both languages, and the probability with which the generator tells them. Derivations and
/// texts correspond one to one, so this is also the probability of the text, in either language.
struct Story {
  std::string plot;
  int kind;             // the plot's number
  std::string text[2];  // by Language
  double log_probability;
};

/// A story's text as far as some choices determine it. Where `missing` is not empty, the text goes on from there in
/// `options` ways.
struct PartialText {
  std::string text;
  std::string missing;
  int options = 0;
};
PartialText render(const Grammar& grammar, Language language, const Choices& choices);

/// Story number `number` of a seed. Every option of a choice is equally likely.
Story make_story(const Grammar& grammar, std::uint64_t seed, std::uint64_t number);

/// The probability of everything that a text can begin with, up to its first space: what the first token can be.
std::map<std::string, double> first_words(const Grammar& grammar, Language language);

}  // namespace sgtm
