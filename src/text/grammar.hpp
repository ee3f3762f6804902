#pragma once

#include <map>
#include <string>
#include <vector>

#include "text/lexicon.hpp"

namespace sgtm {

/// A synchronous grammar (Aho and Ullman 1969): every alternative is an English and a Spanish text with the same
/// choices in them, so that one derivation is one story told in both languages. data/stories/README.md explains how
/// the files are written; this is what they are read into.

/// One word of a {group}.
struct GroupItem {
  enum class Kind { article, role, either } kind;
  std::string text;     // "the", the role's name, or "contento/contenta"
  std::string form;     // of a role: "" or base, past, pasts, ing
  bool plural = false;  // of a role
};

struct Node {
  enum class Kind { text, group, rule } kind;
  std::string text;                             // text: the words; rule: its name
  std::vector<GroupItem> items;                 // group
  std::string head;                             // group: the role that the others agree with, "m", "f", or "" for none
  bool head_plural = false;                     // group
  std::map<std::string, std::string> bindings;  // rule: its roles, by roles of the text that calls it
};
using Template = std::vector<Node>;

/// The same thing said in both languages.
struct Alternative {
  Template sides[2];  // by Language
};

struct Role {
  std::string name, category;
  std::string like;  // a role whose gender this one shares, "" for none
};

/// Some alternatives, of which a story has one, or with `optional` one or none.
struct Beat {
  std::vector<Alternative> alternatives;
  bool optional = false;
};

/// A rule has one beat and may be called from any text; a plot has a sequence of them and is a whole story.
struct Rule {
  std::string name;
  std::vector<Role> roles;
  std::vector<Beat> beats;
};

struct Grammar {
  std::map<std::string, Category> lexicon;
  std::map<std::string, Rule> rules;
  std::vector<Rule> plots;
  std::string fingerprint;  // of its files: other words are other stories
};

/// Reads lexicon.txt and every other .txt file of the folder and of its folder plots. Throws Error with file and line
/// for what can't be understood, or refers to what there is not.
Grammar read_grammar(const fs::path& folder);

}  // namespace sgtm
