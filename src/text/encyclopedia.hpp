#pragma once

#include <string>
#include <vector>

#include "core/files.hpp"

namespace sgtm {

/// What every entity of a field has one value of, and how it is said. data/encyclopedia/README.md explains how this is
/// written.
struct Attribute {
  std::string name;
  std::vector<std::string> values;     // in a field's own words; empty where `link` is not
  std::string link;                    // the field whose entities are the values
  std::vector<std::string> wordings;   // with {value}, and {It}, {it} or {name} for the entity
  std::vector<std::string> questions;  // never told in articles; with {name}; the value follows
};

/// A field of knowledge: what its entities are called, and what there is to know about each.
struct Field {
  std::string name;
  std::vector<std::string> starts, ends;  // an entity's name is one of each
  std::vector<std::string> pronouns;      // that may stand for the name: "It", "This organism"
  std::vector<std::string> openings;
  std::vector<Attribute> attributes;
};

/// Reads every .txt file of the folder, in the order of their names. Throws Error with file and line for what can't be
/// understood, or refers to what there is not.
std::vector<Field> read_encyclopedia(const fs::path& folder);

/// A hash of all that the fields say: it changes with any word.
std::string fingerprint(const std::vector<Field>& fields);

}  // namespace sgtm
