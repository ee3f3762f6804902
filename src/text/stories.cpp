#include "text/stories.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <string_view>

#include "core/error.hpp"

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

/// Picks one of `options` (at least 1) for the choice of this key.
using Chooser = std::function<int(const std::string& key, int options)>;

/// Where a rule's roles are found: its own, then those of the rule that called it.
struct Scope {
  const Scope* outer;
  const Rule& rule;
  std::string path;
  const std::map<std::string, std::string>* bindings;  // none where there is no outer
};

/// Writes one language's text of a story, asking for each choice when the text first depends on it.
class Renderer {
 public:
  Renderer(const Grammar& grammar, Language language, Chooser choose, std::string& text)
      : grammar_(grammar), language_(language), choose_(std::move(choose)), prose_(language, text) {}

  void story() {
    const Rule& plot =
        grammar_.plots[static_cast<std::size_t>(choose_("plot", static_cast<int>(grammar_.plots.size())))];
    rule(plot, {nullptr, plot, "plot", nullptr});
  }

 private:
  void rule(const Rule& rule, const Scope& scope) {
    for (std::size_t b = 0; b < rule.beats.size(); ++b) {
      const Beat& beat = rule.beats[b];
      const std::string path = fmt::format("{}/beat {}", scope.path, b);
      if (beat.optional && choose_(path + " told", 2) == 0) continue;
      if (b > 0) prose_.add_space();
      if (scope.outer == nullptr) prose_.begin_sentence();
      const Alternative& told =
          beat.alternatives[static_cast<std::size_t>(choose_(path, static_cast<int>(beat.alternatives.size())))];
      write(told.sides[static_cast<std::size_t>(language_)], scope, path);
    }
  }

  void write(const Template& nodes, const Scope& scope, const std::string& path) {
    std::map<std::string, int> occurrences;
    for (const Node& node : nodes) {
      switch (node.kind) {
        case Node::Kind::text:
          prose_.append(node.text);
          break;
        case Node::Kind::group:
          prose_.append(group(node, scope));
          break;
        case Node::Kind::rule: {
          const Rule& called = grammar_.rules.at(node.text);
          rule(called,
               {&scope, called, fmt::format("{}/{} {}", path, node.text, occurrences[node.text]++), &node.bindings});
        }
      }
    }
  }

  struct Declared {
    const Role& role;
    const Scope& scope;
  };

  /// The role that a name means: of the rule itself, or of the one that called it, perhaps under another name.
  static Declared declared(const std::string& name, const Scope& scope) {
    for (const Role& role : scope.rule.roles)
      if (role.name == name) return {role, scope};
    if (scope.outer == nullptr) throw std::logic_error("role without a scope: " + name);
    const auto bound = scope.bindings->find(name);
    return declared(bound == scope.bindings->end() ? name : bound->second, *scope.outer);
  }

  const Lexeme& player(const std::string& name, const Scope& scope) {
    const auto [role, of] = declared(name, scope);
    return draw(role, of);
  }

  /// The lexeme that plays a role in this story. Roles of one category and rule are played by different lexemes, so a
  /// role is drawn after those declared before it, whichever the text mentions first.
  const Lexeme& draw(const Role& role, const Scope& scope) {
    const Category& category = grammar_.lexicon.at(role.category);
    std::vector<const Lexeme*> taken;
    for (const Role& earlier : scope.rule.roles) {
      if (&earlier == &role) break;
      if (earlier.category == role.category) taken.push_back(&draw(earlier, scope));
    }
    std::vector<const Lexeme*> pool;
    const Lexeme* like = role.like.empty() ? nullptr : &player(role.like, scope);
    for (const Lexeme& lexeme : category.lexemes) {
      if (like != nullptr && like->feminine != lexeme.feminine) continue;
      if (std::find(taken.begin(), taken.end(), &lexeme) == taken.end()) pool.push_back(&lexeme);
    }
    if (pool.empty())
      throw Error(
          fmt::format("data/stories: the category {} has too few words for the role {}.", role.category, role.name));
    return *pool[static_cast<std::size_t>(choose_(scope.path + " " + role.name, static_cast<int>(pool.size())))];
  }

  std::string group(const Node& node, const Scope& scope) {
    static const Lexeme masculine{}, feminine{{}, true, false};
    const Lexeme* head = node.head.empty()  ? nullptr
                         : node.head == "m" ? &masculine
                         : node.head == "f" ? &feminine
                                            : &player(node.head, scope);
    std::string words;
    std::string article;
    for (const GroupItem& item : node.items) {
      if (item.kind == GroupItem::Kind::article) {
        article = item.text;
        continue;
      }
      words += words.empty() ? "" : " ";
      if (item.kind == GroupItem::Kind::role) {
        const auto [role, of] = declared(item.text, scope);
        words += form(draw(role, of), grammar_.lexicon.at(role.category).kind, item, head, node.head_plural);
      } else {
        const std::size_t slash = item.text.find('/');
        words += head->feminine ? item.text.substr(slash + 1) : item.text.substr(0, slash);
      }
    }
    return article.empty() ? words : with_article(article, *head, node.head_plural, words);
  }

  std::string form(const Lexeme& lexeme, LexemeKind kind, const GroupItem& item, const Lexeme* head,
                   bool head_plural) const {
    const auto& forms = lexeme.forms[static_cast<std::size_t>(language_)];
    if (kind == LexemeKind::noun || kind == LexemeKind::name) return forms[item.plural ? 1 : 0];
    if (kind == LexemeKind::adjective)
      return forms[(head_plural ? 2u : 0u) + (head != nullptr && head->feminine ? 1u : 0u)];
    if (kind == LexemeKind::verb) {
      const auto at = item.form == "base" ? 0u : item.form == "past" ? 1u : item.form == "pasts" ? 2u : 3u;
      if (at >= forms.size())
        throw Error(fmt::format("data/stories: the verb {} lacks the form {}.", forms[0], item.form));
      return forms[at];
    }
    return forms[0];
  }

  std::string with_article(const std::string& article, const Lexeme& head, bool plural,
                           const std::string& words) const {
    if (language_ == Language::english) return (article == "a" ? english_article(words) : article) + " " + words;
    const bool definite = article == "el";
    if (plural)
      return std::string(definite ? (head.feminine ? "las " : "los ") : (head.feminine ? "unas " : "unos ")) + words;
    // "el agua", "un águila", but "la fresca agua": only right before the noun
    const bool feminine = head.feminine && !(head.takes_el && words.starts_with(head.forms[1][0]));
    return std::string(definite ? (feminine ? "la " : "el ") : (feminine ? "una " : "un ")) + words;
  }

  const Grammar& grammar_;
  Language language_;
  Chooser choose_;
  Prose prose_;
};

/// Ends a text where a choice is not made.
struct Missing {};

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

PartialText render(const Grammar& grammar, Language language, const Choices& choices) {
  PartialText result;
  const auto choose = [&](const std::string& key, int options) {
    const auto made = choices.find(key);
    if (made != choices.end()) return made->second;
    result.missing = key, result.options = options;
    throw Missing();
  };
  try {
    Renderer(grammar, language, choose, result.text).story();
  } catch (const Missing&) {
  }
  return result;
}

Story make_story(const Grammar& grammar, std::uint64_t seed, std::uint64_t number) {
  Random random(seed, "story", number);
  Story story{"", 0, {}, 0};
  Choices choices;
  const auto choose = [&](const std::string& key, int options) {
    const auto [made, is_new] = choices.try_emplace(key, 0);
    if (is_new) {
      made->second = static_cast<int>(random.below(static_cast<std::uint64_t>(options)));
      story.log_probability -= std::log(options);
    }
    return made->second;
  };
  for (const Language language : languages)
    Renderer(grammar, language, choose, story.text[static_cast<std::size_t>(language)]).story();
  story.kind = choices.at("plot");
  story.plot = grammar.plots[static_cast<std::size_t>(choices.at("plot"))].name;
  return story;
}

std::map<std::string, double> first_words(const Grammar& grammar, Language language) {
  std::map<std::string, double> words;
  const std::function<void(Choices&, double)> follow = [&](Choices& choices, double probability) {
    const PartialText begun = render(grammar, language, choices);
    const std::size_t space = begun.text.find(' ');
    // The last word may still change (a el -> al), so a word counts once another has begun behind it.
    if (space != std::string::npos && space + 1 < begun.text.size()) {
      words[begun.text.substr(0, space)] += probability;
      return;
    }
    for (int option = 0; option < begun.options; ++option) {
      choices[begun.missing] = option;
      follow(choices, probability / begun.options);
    }
    choices.erase(begun.missing);
  };
  Choices none;
  follow(none, 1);
  return words;
}

}  // namespace sgtm
