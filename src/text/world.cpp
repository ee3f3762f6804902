#include "text/world.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <set>

#include "core/error.hpp"
#include "core/named.hpp"
#include "core/random.hpp"

namespace sgtm {
namespace {

std::vector<int> shuffled(std::size_t count, std::uint64_t seed, const std::string& purpose) {
  std::vector<int> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  Random(seed, purpose).shuffle(numbers);
  return numbers;
}

std::vector<Entity> draw_names(const Field& field, std::size_t count, std::uint64_t seed) {
  const std::size_t names = field.starts.size() * field.ends.size();
  if (count > names)
    throw Error(
        fmt::format("--entities: {} has names for {} entities, and {} are asked for. Ask for fewer, or add "
                    "names to data/encyclopedia/{}.txt.",
                    field.name, names, count, field.name));
  // "Ada" and "Albright" are words; "Vel" and "losa" make one.
  const bool words = std::isupper(static_cast<unsigned char>(field.ends[0][0])) != 0;
  const std::vector<int> order = shuffled(names, seed, "names of " + field.name);
  std::vector<Entity> entities(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = static_cast<std::size_t>(order[i]);
    entities[i].name = fmt::format("{}{}{}", field.starts[number / field.ends.size()], words ? " " : "",
                                   field.ends[number % field.ends.size()]);
  }
  return entities;
}

/// Gives every entity of a field a value of one attribute, each value as often as the next.
void draw_values(std::vector<Entity>& entities, std::size_t values, std::uint64_t seed, const std::string& purpose) {
  const std::vector<int> order = shuffled(values, seed, "values of " + purpose);
  const std::vector<int> turn = shuffled(entities.size(), seed, "turns of " + purpose);
  for (std::size_t i = 0; i < entities.size(); ++i)
    entities[static_cast<std::size_t>(turn[i])].facts.push_back({order[i % values]});
}

/// Chooses the facts of a field that fields linking to it tell too, each of them one, in turn.
void draw_tellers(World& world, std::size_t field, const WorldConfig& config) {
  std::vector<int> tellers;
  for (std::size_t f = 0; f < world.fields.size(); ++f)
    for (const Attribute& a : world.fields[f].attributes)
      if (a.link == world.fields[field].name) tellers.push_back(static_cast<int>(f));
  if (tellers.empty()) return;
  const std::size_t attributes = world.fields[field].attributes.size();
  const std::size_t facts = world.entities[field].size() * attributes;
  const std::vector<int> order = shuffled(facts, config.seed, "tellers of " + world.fields[field].name);
  const auto told = static_cast<std::size_t>(std::lround(config.entanglement * static_cast<double>(facts)));
  for (std::size_t i = 0; i < told; ++i) {
    const auto fact = static_cast<std::size_t>(order[i]);
    world.entities[field][fact / attributes].facts[fact % attributes].teller = tellers[i % tellers.size()];
  }
}

void check(const WorldConfig& config, std::size_t fields) {
  if (config.entities < 2 * static_cast<Index>(fields))
    throw Error(fmt::format("--entities {}: a world of {} fields needs at least {}, two in each.", config.entities,
                            fields, 2 * fields));
  if (!(config.entanglement >= 0 && config.entanglement <= 1))
    throw Error(fmt::format("--entanglement {}: is a share, from 0 to 1.", config.entanglement));
}

}  // namespace

std::vector<std::string> World::values(int field, int attribute) const {
  const Attribute& a = this->attribute(field, attribute);
  if (a.link.empty()) return a.values;
  std::vector<std::string> names;
  for (const Entity& entity : entities[static_cast<std::size_t>(this->field(a.link))]) names.push_back(entity.name);
  return names;
}

std::string World::value(int field, int entity, int attribute) const {
  const int value = this->entity(field, entity).facts[static_cast<std::size_t>(attribute)].value;
  const Attribute& a = this->attribute(field, attribute);
  return a.link.empty() ? a.values[static_cast<std::size_t>(value)] : this->entity(this->field(a.link), value).name;
}

int World::field(const std::string& name) const {
  return static_cast<int>(&named(fields, name, "field") - fields.data());
}

World make_world(const WorldConfig& config, std::vector<Field> fields) {
  check(config, fields.size());
  World world{std::move(fields), {}};
  const std::size_t count = world.fields.size();
  const auto share = static_cast<std::size_t>(config.entities) / count;
  const auto rest = static_cast<std::size_t>(config.entities) % count;  // one each for the first fields
  std::set<std::string> names;
  for (std::size_t f = 0; f < count; ++f) {
    world.entities.push_back(draw_names(world.fields[f], share + (f < rest), config.seed));
    for (const Entity& entity : world.entities.back())
      if (!names.insert(entity.name).second)
        throw Error(fmt::format("data/encyclopedia: two fields can have an entity called {}; change one's names.",
                                entity.name));
  }
  for (std::size_t f = 0; f < count; ++f)
    for (std::size_t a = 0; a < world.fields[f].attributes.size(); ++a)
      draw_values(world.entities[f], world.values(static_cast<int>(f), static_cast<int>(a)).size(), config.seed,
                  world.fields[f].name + " " + world.fields[f].attributes[a].name);
  for (std::size_t f = 0; f < count; ++f) draw_tellers(world, f, config);
  return world;
}

}  // namespace sgtm
