#include "text/lexicon.hpp"

#include <algorithm>
#include <sstream>

#include "core/error.hpp"
#include "text/strings.hpp"

namespace sgtm {
namespace {

const std::map<std::string, LexemeKind> kinds{{"name", LexemeKind::name},
                                              {"noun", LexemeKind::noun},
                                              {"adjective", LexemeKind::adjective},
                                              {"verb", LexemeKind::verb},
                                              {"word", LexemeKind::word}};

bool ends_with_any(const std::string& word, std::initializer_list<const char*> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](const char* ending) { return word.ends_with(ending); });
}

std::string english_plural(const std::string& noun) {
  if (ends_with_any(noun, {"s", "x", "z", "ch", "sh"})) return noun + "es";
  if (noun.ends_with("y") && !ends_with_any(noun, {"ay", "ey", "oy", "uy"}))
    return noun.substr(0, noun.size() - 1) + "ies";
  return noun + "s";
}

/// Regular plurals. Words that lose an accent ("jardín, jardines") have theirs in the lexicon.
std::string spanish_plural(const std::string& word) {
  if (word.ends_with("z")) return word.substr(0, word.size() - 1) + "ces";
  if (ends_with_any(word, {"a", "e", "i", "o", "u", "é", "á", "ó"})) return word + "s";
  return word + "es";
}

std::vector<std::string> spanish_adjective(const std::string& masculine) {
  std::string feminine = masculine;
  if (feminine.ends_with("o")) feminine.back() = 'a';
  return {masculine, feminine, spanish_plural(masculine), spanish_plural(feminine)};
}

/// Takes the gender off the end of the first Spanish form: "pelota f", "pelo m", "agua fa".
void read_gender(Lexeme& lexeme, const std::string& where) {
  std::string& form = lexeme.forms[1][0];
  const std::size_t space = form.rfind(' ');
  const std::string gender = space == std::string::npos ? "" : form.substr(space + 1);
  if (gender != "m" && gender != "f" && gender != "fa")
    throw Error(fmt::format(
        "{}: the Spanish side needs a gender after its first form: m, f, or fa (feminine, with el).", where));
  lexeme.feminine = gender != "m";
  lexeme.takes_el = gender == "fa";
  form.resize(space);
}

Lexeme read_lexeme(const std::string& line, LexemeKind kind, const std::string& where) {
  const std::vector<std::string> sides = split(line, " | ");
  if (sides.size() != 2)
    throw Error(fmt::format("{}: needs an English and a Spanish side, with ' | ' between them.", where));
  Lexeme lexeme;
  for (std::size_t side = 0; side < 2; ++side) {
    for (const std::string& form : split(sides[side], ",")) lexeme.forms[side].push_back(trim(form));
    if (lexeme.forms[side][0].empty()) throw Error(fmt::format("{}: one side is empty.", where));
  }
  auto& [english, spanish] = lexeme.forms;
  if (kind == LexemeKind::name || kind == LexemeKind::noun) {
    read_gender(lexeme, where);
    if (english.size() == 1) english.push_back(english_plural(english[0]));
    if (spanish.size() == 1) spanish.push_back(spanish_plural(spanish[0]));
  }
  if (kind == LexemeKind::adjective) {
    english.assign(4, std::string(english[0]));  // a copy: not of itself
    if (spanish.size() == 1) spanish = spanish_adjective(spanish[0]);
  }
  if (kind == LexemeKind::verb && english.size() == 3) english.insert(english.begin() + 1, std::string(english[1]));
  const std::size_t forms = kind == LexemeKind::word                                    ? 1
                            : kind == LexemeKind::adjective || kind == LexemeKind::verb ? 4
                                                                                        : 2;
  for (const auto& side : lexeme.forms)
    if (side.size() != forms && !(kind == LexemeKind::verb && side.size() == 1))
      throw Error(fmt::format("{}: has {} forms where {} are needed; the head of the file lists them.", where,
                              side.size(), forms));
  return lexeme;
}

}  // namespace

std::map<std::string, Category> read_lexicon(const fs::path& path) {
  std::map<std::string, Category> lexicon;
  Category* category = nullptr;
  std::istringstream lines(read_file(path));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    const std::string where = fmt::format("{}, line {}", path.string(), number);
    line = trim(line);
    if (line.empty() || line[0] == '#') continue;
    if (line[0] == '[') {
      const std::size_t close = line.find(']');
      const auto kind = close == std::string::npos ? kinds.end() : kinds.find(trim(line.substr(close + 1)));
      if (kind == kinds.end())
        throw Error(fmt::format("{}: a category reads [name] kind, the kind being name, noun, adjective, verb or word.",
                                where));
      const auto [entry, is_new] = lexicon.try_emplace(line.substr(1, close - 1));
      if (!is_new) throw Error(fmt::format("{}: there are two categories {}.", where, entry->first));
      category = &entry->second;
      category->kind = kind->second;
      continue;
    }
    if (category == nullptr) throw Error(fmt::format("{}: stands before the first [category].", where));
    category->lexemes.push_back(read_lexeme(line, category->kind, where));
  }
  return lexicon;
}

std::string english_article(const std::string& word) {
  const auto starts = [&](const char* beginning) { return word.starts_with(beginning); };
  if (starts("uni") || starts("uku") || starts("use") || starts("one")) return "a";
  if (starts("hour") || starts("honest")) return "an";
  return std::string("aeiou").find(word[0]) == std::string::npos ? "a" : "an";
}

}  // namespace sgtm
