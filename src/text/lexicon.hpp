#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/files.hpp"

namespace sgtm {

enum class Language { english, spanish };
inline constexpr Language languages[] = {Language::english, Language::spanish};

/// A lemma in both languages with the forms that stories use. Forms by kind:
///
///     noun, name: singular, plural        adjective: masculine, feminine, and both again in the plural
///     verb: base, past (it), pasts (they), ing        word: one form
///
/// English adjectives have one form, English verbs the same past for it and they.
struct Lexeme {
  std::vector<std::string> forms[2];  // by Language
  bool feminine = false;
  bool takes_el = false;  // "el agua": feminine, but with el and un in the singular
};

enum class LexemeKind { name, noun, adjective, verb, word };

/// A set of lexemes that can stand in for each other: "toy", "color", "motion".
struct Category {
  LexemeKind kind;
  std::vector<Lexeme> lexemes;
};

/// Reads data/stories/lexicon.txt, whose head explains its format. Throws Error with file and line.
std::map<std::string, Category> read_lexicon(const fs::path& path);

/// "a" or "an", by how the word sounds: "a unicorn", "an hour".
std::string english_article(const std::string& word);

}  // namespace sgtm
