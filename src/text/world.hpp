#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "core/matrix.hpp"

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

struct WorldConfig {
  Index entities = 240;       // of all fields together
  double entanglement = 0.5;  // share of a field's facts that articles of fields linking to it tell too
  std::uint64_t seed = 1;
};

/// The value of one attribute of one entity.
struct Fact {
  int value;        // number in the attribute's values, or of an entity of the linked field
  int teller = -1;  // the other field whose articles tell the fact too; -1: none does
};

struct Entity {
  std::string name;
  std::vector<Fact> facts;  // by attribute
};

/// Everything that is true.
struct World {
  std::vector<Field> fields;
  std::vector<std::vector<Entity>> entities;  // by field

  const Entity& entity(int field, int number) const {
    return entities[static_cast<std::size_t>(field)][static_cast<std::size_t>(number)];
  }
  const Attribute& attribute(int field, int number) const {
    return fields[static_cast<std::size_t>(field)].attributes[static_cast<std::size_t>(number)];
  }
  /// All values that an attribute can have.
  std::vector<std::string> values(int field, int attribute) const;
  std::string value(int field, int entity, int attribute) const;
  /// The number of the field of this name. Throws Error, with the known names, for an unknown one.
  int field(const std::string& name) const;
};

/// Draws a world. Every field has its even part of the entities. Links are even too: if fields are equally large, each
/// entity is linked to by one entity of every linking attribute. Throws Error for a world too small, or too large for
/// the names that there are.
World make_world(const WorldConfig& config, std::vector<Field> fields);

}  // namespace sgtm
