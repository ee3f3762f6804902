#pragma once

#include <cstdint>

#include "core/matrix.hpp"
#include "text/encyclopedia.hpp"

namespace sgtm {

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
