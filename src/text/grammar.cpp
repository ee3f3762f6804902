#include "text/grammar.hpp"

#include <algorithm>
#include <set>
#include <sstream>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/hash.hpp"
#include "text/strings.hpp"

namespace sgtm {
namespace {

const std::set<std::string> article_words[2] = {{"a", "the"}, {"un", "el"}};
const std::set<std::string> verb_forms{"base", "past", "pasts", "ing"};

/// "{un toy shade}", "{hero.contento/contenta}", "{count toy+}", "{go:past}", without the braces.
Node parse_group(const std::string& inside, Language language, const std::string& where) {
  Node node{Node::Kind::group, "", {}, "", false, {}};
  for (std::string word : split(inside, " ")) {
    if (const std::size_t dot = word.find('.'); dot != std::string::npos) {
      node.head = word.substr(0, dot);
      word = word.substr(dot + 1);
    }
    GroupItem item{GroupItem::Kind::role, word, "", false};
    if (article_words[static_cast<std::size_t>(language)].contains(word)) {
      item.kind = GroupItem::Kind::article;
    } else if (word.find('/') != std::string::npos) {
      item.kind = GroupItem::Kind::either;
    } else if (const std::size_t colon = word.find(':'); colon != std::string::npos) {
      item.text = word.substr(0, colon);
      item.form = word.substr(colon + 1);
      if (!verb_forms.contains(item.form))
        throw Error(fmt::format("{}: {{{}}} asks for a form that verbs don't have; they have base, past, pasts, ing.",
                                where, inside));
    } else if (word.ends_with("+")) {
      item.text = word.substr(0, word.size() - 1);
      item.plural = true;
    }
    if (item.text.empty()) throw Error(fmt::format("{}: {{{}}} has an empty word.", where, inside));
    node.items.push_back(std::move(item));
  }
  return node;
}

/// "<replied who=pal>", without the brackets.
Node parse_call(const std::string& inside) {
  Node node{Node::Kind::rule, "", {}, "", false, {}};
  for (const std::string& word : split(inside, " ")) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos)
      node.text = word;
    else
      node.bindings[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return node;
}

Template parse_template(const std::string& text, Language language, const std::string& where) {
  Template nodes;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find_first_of("{<", at);
    if (open != at)
      nodes.push_back(
          {Node::Kind::text, text.substr(at, open == std::string::npos ? open : open - at), {}, "", false, {}});
    if (open == std::string::npos) break;
    const bool is_group = text[open] == '{';
    const std::size_t close = text.find(is_group ? '}' : '>', open);
    if (close == std::string::npos) throw Error(fmt::format("{}: an opened {} is never closed.", where, text[open]));
    const std::string inside = text.substr(open + 1, close - open - 1);
    nodes.push_back(is_group ? parse_group(inside, language, where) : parse_call(inside));
    at = close + 1;
  }
  return nodes;
}

/// The calls of a template, in a form that can be compared between languages.
std::multiset<std::string> calls(const Template& nodes) {
  std::multiset<std::string> found;
  for (const Node& node : nodes) {
    if (node.kind != Node::Kind::rule) continue;
    std::string call = node.text;
    for (const auto& [inner, outer] : node.bindings) call += " " + inner + "=" + outer;
    found.insert(call);
  }
  return found;
}

/// Reads one file, line by line, into rules and plots.
class GrammarReader {
 public:
  GrammarReader(Grammar& grammar, const fs::path& path) : grammar_(grammar), path_(path) {}

  /// Returns the file's text.
  std::string read() {
    const std::string text = read_file(path_);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      ++line_;
      if (line = trim(line); !line.empty() && line[0] != '#') read_line(line);
    }
    finish();
    return text;
  }

 private:
  std::string where() const { return fmt::format("{}, line {}", path_.string(), line_); }

  void read_line(const std::string& line) {
    const bool starts = line.starts_with("rule ") || line.starts_with("plot ");
    const bool begins_else = starts || line == "beat" || line == "maybe" || line.starts_with("- ");
    if (!english_.empty() && begins_else)
      throw Error(fmt::format("{}: the English text above has no Spanish one.", where()));
    if (!english_.empty()) return add_alternative(english_, line);  // the Spanish line under an English one
    if (starts) return start(line);
    if (!started_) throw Error(fmt::format("{}: stands before the first rule or plot.", where()));
    if (line == "beat" || line == "maybe") {
      rule_.beats.push_back({{}, line == "maybe"});
    } else if (line.starts_with("- ")) {
      const std::size_t bar = line.find(" | ");
      if (bar == std::string::npos)
        english_ = line.substr(2);
      else
        add_alternative(line.substr(2, bar - 2), line.substr(bar + 3));
    } else {
      add_role(line);
    }
  }

  void start(const std::string& line) {
    finish();
    rule_ = {trim(line.substr(5)), {}, {}};
    started_ = true;
    is_plot_ = line.starts_with("plot ");
    if (!is_plot_) rule_.beats.push_back({});
  }

  /// "toy: toy", or "name: beast-name like beast".
  void add_role(const std::string& line) {
    const std::vector<std::string> words = split(line, " ");
    if ((words.size() != 2 && !(words.size() == 4 && words[2] == "like")) || !words[0].ends_with(":"))
      throw Error(
          fmt::format("{}: is neither a role (name: category), nor beat, maybe, or an alternative (- ...).", where()));
    const std::string& category = words[1];
    if (!grammar_.lexicon.contains(category))
      throw Error(fmt::format("{}: the lexicon has no category {}.", where(), category));
    rule_.roles.push_back({words[0].substr(0, words[0].size() - 1), category, words.size() == 4 ? words[3] : ""});
  }

  void add_alternative(const std::string& english, const std::string& spanish) {
    if (rule_.beats.empty())
      throw Error(fmt::format("{}: a plot's alternatives stand under a line beat or maybe.", where()));
    Alternative alternative{
        {parse_template(english, Language::english, where()), parse_template(spanish, Language::spanish, where())}};
    if (calls(alternative.sides[0]) != calls(alternative.sides[1]))
      throw Error(fmt::format("{}: the English and the Spanish text call different rules.", where()));
    rule_.beats.back().alternatives.push_back(std::move(alternative));
    english_.clear();
  }

  void finish() {
    if (!english_.empty()) throw Error(fmt::format("{}: an English text without its Spanish one.", where()));
    if (!started_) return;
    for (const Beat& beat : rule_.beats)
      if (beat.alternatives.empty())
        throw Error(fmt::format("{}: {} has a beat without alternatives.", where(), rule_.name));
    if (is_plot_)
      grammar_.plots.push_back(rule_);
    else if (!grammar_.rules.emplace(rule_.name, rule_).second)
      throw Error(fmt::format("{}: there are two rules {}.", where(), rule_.name));
  }

  Grammar& grammar_;
  fs::path path_;
  int line_ = 0;
  bool started_ = false, is_plot_ = false;
  Rule rule_;
  std::string english_;  // waits for its Spanish line
};

/// Follows every text that a plot can reach and looks up what it names; fills in the heads of groups.
class Linker {
 public:
  explicit Linker(Grammar& grammar) : grammar_(grammar) {}

  /// `scope`: the category of every role that the rule's texts may use.
  void link(Rule& rule, std::map<std::string, std::string> scope, int depth = 0) {
    if (depth > 20) throw Error(fmt::format("the stories' rule {} calls itself.", rule.name));
    for (const Role& role : rule.roles) {
      scope[role.name] = role.category;
      if (!role.like.empty() && !scope.contains(role.like))
        throw Error(fmt::format("the stories' {}: role {} is like {}, which is not declared before it.", rule.name,
                                role.name, role.like));
    }
    for (Beat& beat : rule.beats)
      for (Alternative& alternative : beat.alternatives)
        for (Template& side : alternative.sides)
          for (Node& node : side) link(node, rule, scope, depth);
  }

 private:
  LexemeKind kind(const std::string& role, const Rule& rule, const std::map<std::string, std::string>& scope) const {
    const auto found = scope.find(role);
    if (found == scope.end())
      throw Error(fmt::format("the stories' {}: a text uses the role {}, which nothing declares.", rule.name, role));
    return grammar_.lexicon.at(found->second).kind;
  }

  void link(Node& node, const Rule& rule, const std::map<std::string, std::string>& scope, int depth) {
    if (node.kind == Node::Kind::rule) {
      const auto called = grammar_.rules.find(node.text);
      if (called == grammar_.rules.end())
        throw Error(fmt::format("the stories' {}: calls the rule {}, which there is not.", rule.name, node.text));
      std::map<std::string, std::string> inner = scope;
      for (const auto& [name, outer] : node.bindings) kind(outer, rule, scope), inner[name] = scope.at(outer);
      link(called->second, inner, depth + 1);
    }
    if (node.kind == Node::Kind::group) {
      if (!node.head.empty() && node.head != "m" && node.head != "f") kind(node.head, rule, scope);
      for (const GroupItem& item : node.items) {
        if (item.kind != GroupItem::Kind::role) continue;
        const LexemeKind k = kind(item.text, rule, scope);
        if (k == LexemeKind::noun || k == LexemeKind::name) node.head = item.text, node.head_plural = item.plural;
        if ((k == LexemeKind::verb) != !item.form.empty())
          throw Error(fmt::format("the stories' {}: {{{}}}: verbs, and only verbs, need a form, as in {{go:past}}.",
                                  rule.name, item.text));
      }
      for (const GroupItem& item : node.items)
        if (item.kind != GroupItem::Kind::role && node.head.empty())
          throw Error(fmt::format("the stories' {}: {{{}}} has nothing to agree with.", rule.name, item.text));
    }
  }

  Grammar& grammar_;
};

std::vector<fs::path> text_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(folder, missing))
    if (entry.path().extension() == ".txt" && entry.path().filename() != "lexicon.txt") files.push_back(entry.path());
  if (missing)
    throw Error(
        fmt::format("{}: can't be read ({}). It belongs to the program's data.", folder.string(), missing.message()));
  std::sort(files.begin(), files.end());  // so that the order of plots does not depend on the file system
  return files;
}

}  // namespace

Grammar read_grammar(const fs::path& folder) {
  Grammar grammar{read_lexicon(folder / "lexicon.txt"), {}, {}, {}};
  std::string texts = read_file(folder / "lexicon.txt");
  for (const fs::path& part : {folder, folder / "plots"})
    for (const fs::path& file : text_files(part)) texts += GrammarReader(grammar, file).read();
  grammar.fingerprint = hash_of(texts);
  if (grammar.plots.empty()) throw Error(fmt::format("{}: has no plots.", (folder / "plots").string()));
  Linker linker(grammar);
  for (Rule& plot : grammar.plots) linker.link(plot, {});
  return grammar;
}

}  // namespace sgtm
