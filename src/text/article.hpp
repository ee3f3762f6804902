#pragma once

#include <map>

#include "text/world.hpp"

namespace sgtm {

/// Which fact.
struct FactPlace {
  int field, entity, attribute;
  auto operator<=>(const FactPlace&) const = default;  // NOLINT(modernize-use-nullptr): clang-tidy 14 sees a 0 in it
};

/// A text about two entities of a field, one after the other: an opening, then the facts in any order, a sentence each,
/// of which one may be left out. Where a fact's value is an entity of another field of which this field tells a fact
/// too, that fact follows.
struct Article {
  std::string text;
  std::vector<FactPlace> told;  // by each sentence that is no opening
  double log_probability;       // of all choices; they and the text correspond one to one
};

/// Article number `number` of a seed on one of these fields. Every choice is equally likely.
Article make_article(const World& world, const std::vector<int>& fields, std::uint64_t seed, std::uint64_t number);

/// The probability of everything that an article on these fields can begin with, up to its first space.
std::map<std::string, double> first_words(const World& world, const std::vector<int>& fields);

/// A text with {name}, and perhaps {value}, filled in.
std::string filled(const std::string& text, const std::string& name, const std::string& value = "");

}  // namespace sgtm
