#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <set>

#include "text/article.hpp"
#include "text/strings.hpp"

/// What an article of data/encyclopedia says, read off its sentences.
namespace article_reading {

using namespace sgtm;

inline const World& world() {
  static const World drawn = make_world({}, read_encyclopedia(fs::path(SGTM_SOURCE) / "data" / "encyclopedia"));
  return drawn;
}

inline std::vector<int> all_fields() {
  std::vector<int> fields(world().fields.size());
  for (std::size_t f = 0; f < fields.size(); ++f) fields[f] = static_cast<int>(f);
  return fields;
}

/// Every way in which an article can say that an attribute of an entity has this value.
inline std::set<std::string> sayings(const Field& field, const Attribute& attribute, const std::string& name,
                                     const std::string& value) {
  std::string within = field.pronouns.back();
  within[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(within[0])));
  std::vector<std::string> subjects = field.pronouns;
  subjects.push_back(name);
  std::set<std::string> all;
  for (const std::string& wording : attribute.wordings)
    for (const std::string& subject : subjects)
      for (const std::string& inner : {name, within})
        all.insert(filled(replace_all(replace_all(wording, "{It}", subject), "{it}", inner), name, value));
  return all;
}

/// Where, from `from` on, an article first says that the told fact has this value; npos where it does not.
inline std::size_t said_at(const Article& article, const FactPlace& told, const std::string& value, std::size_t from) {
  const Field& field = world().fields[static_cast<std::size_t>(told.field)];
  const std::string& name =
      world().entities[static_cast<std::size_t>(told.field)][static_cast<std::size_t>(told.entity)].name;
  std::size_t first = std::string::npos;
  for (const std::string& saying :
       sayings(field, field.attributes[static_cast<std::size_t>(told.attribute)], name, value))
    first = std::min(first, article.text.find(" " + saying, from));
  return first;
}

using Who = std::pair<int, int>;  // field, entity

inline std::vector<Who> named_in(const std::string& sentence) {
  std::vector<Who> named;
  for (const int f : all_fields())
    for (std::size_t e = 0; e < world().entities[static_cast<std::size_t>(f)].size(); ++e)
      if (sentence.find(world().entity(f, static_cast<int>(e)).name) != std::string::npos)
        named.emplace_back(f, static_cast<int>(e));
  return named;
}

/// Whom the sentences after an opening are about; nothing where the sentence is no opening.
inline std::optional<Who> opened_by(const std::string& sentence) {
  for (const auto& [f, e] : named_in(sentence))
    for (const std::string& opening : world().fields[static_cast<std::size_t>(f)].openings)
      if (sentence == filled(opening, world().entity(f, e).name)) return Who{f, e};
  return {};
}

/// Every true fact that the sentence can be read as, "it" being the subject. Fails where one would be false.
inline std::set<FactPlace> told_by(const std::string& sentence, const Who& subject) {
  std::set<FactPlace> told;
  std::vector<Who> about = named_in(sentence);
  about.push_back(subject);
  for (const auto& [f, e] : about) {
    const Field& field = world().fields[static_cast<std::size_t>(f)];
    for (std::size_t a = 0; a < field.attributes.size(); ++a)
      for (const std::string& value : world().values(f, static_cast<int>(a)))
        if (sayings(field, field.attributes[a], world().entity(f, e).name, value).contains(sentence)) {
          CHECK(value == world().value(f, e, static_cast<int>(a)));
          told.insert({f, e, static_cast<int>(a)});
        }
  }
  return told;
}

}  // namespace article_reading
