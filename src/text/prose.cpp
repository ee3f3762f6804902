#include "text/prose.hpp"

#include <algorithm>
#include <string_view>

namespace sgtm {
namespace {

/// True behind . ! ? or ." and a space, whatever opening marks follow. Not behind !" and ?", after which a sentence
/// may go on: "Oh!" said Anna.
bool ends_sentence(std::string_view text) {
  while (text.ends_with("«") || text.ends_with("¿") || text.ends_with("¡")) text.remove_suffix(2);
  return text.ends_with(". ") || text.ends_with("! ") || text.ends_with("? ") || text.ends_with(".\" ");
}

void capitalize(std::string& words) {
  if (words[0] >= 'a' && words[0] <= 'z') {
    words[0] = static_cast<char>(words[0] - 'a' + 'A');
  } else if (words[0] == '\xc3' && words[1] >= '\xa0' && words[1] <= '\xbe') {
    words[1] = static_cast<char>(words[1] - 0x20);  // á to ü
  }
}

}  // namespace

void Prose::append(std::string words) {
  if (words.empty()) return;
  if (language_ == Language::spanish) join_spanish(words);
  if (capital_ || ends_sentence(text_)) capitalize(words);
  if (words.find_first_not_of("\"«¿¡ ") != std::string::npos) capital_ = false;  // the sentence has its first word
  text_ += words;
}

void Prose::join_spanish(std::string& words) {
  const auto last_word_is = [&](std::string word) {
    const std::size_t before = text_.size() - std::min(text_.size(), word.size() + 1);
    if (before > 0 && text_[before - 1] != ' ') return false;
    if (text_.ends_with(word + " ")) return true;
    word[0] = static_cast<char>(word[0] - 'a' + 'A');
    return text_.ends_with(word + " ");
  };
  const auto starts = [&](const std::string& beginning) {
    const std::string capital = static_cast<char>(beginning[0] - 'a' + 'A') + beginning.substr(1);
    return words.starts_with(beginning) || words.starts_with(capital);
  };
  if (words.starts_with("el ") && (last_word_is("a") || last_word_is("de"))) {
    text_.back() = 'l';  // "a " becomes "al", "de " becomes "del"
    words.erase(0, 2);
  } else if (last_word_is("y") && (starts("i") || (starts("hi") && !starts("hie") && !starts("hia")))) {
    text_.replace(text_.size() - 2, 1, "e");
  } else if (last_word_is("o") && (starts("o") || starts("ho"))) {
    text_.replace(text_.size() - 2, 1, "u");
  }
}

}  // namespace sgtm
