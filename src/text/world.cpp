#include "text/world.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <sstream>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/random.hpp"
#include "text/strings.hpp"

namespace sgtm {
namespace {

/// Throws Error where an item is empty or stands there twice: every text has one derivation only.
void need_different(const std::vector<std::string>& items, const std::string& where) {
  std::set<std::string> seen;
  for (const std::string& item : items) {
    if (item.empty()) throw Error(fmt::format("{}: nothing stands between two commas.", where));
    if (!seen.insert(item).second) throw Error(fmt::format("{}: '{}' stands here twice.", where, item));
  }
}

std::vector<std::string> list(const std::string& text, const std::string& where) {
  std::vector<std::string> items = split(text, ",");
  for (std::string& item : items) item = trim(item);
  need_different(items, where);
  return items;
}

/// "Vel, Mor + losa, dria": commas may be left out where no item has a space.
std::vector<std::string> parts(const std::string& text, const std::string& where) {
  return list(text.find(',') == std::string::npos ? fmt::format("{}", fmt::join(split(trim(text), " "), ",")) : text,
              where);
}

void need(const std::string& text, std::initializer_list<const char*> any, const std::string& where) {
  const auto has = [&](const char* part) { return text.find(part) != std::string::npos; };
  if (std::none_of(any.begin(), any.end(), has))
    throw Error(fmt::format("{}: needs {}.", where, fmt::join(any, " or ")));
}

/// One line of a field's file.
void read_line(const std::string& line, Field& field, const std::string& where) {
  const std::string key = line.substr(0, line.find(' '));
  const std::string rest = trim(line.size() > key.size() ? line.substr(key.size()) : "");
  const auto attribute = [&]() -> Attribute& {
    if (field.attributes.empty()) throw Error(fmt::format("{}: '{}' comes before any 'attribute'.", where, key));
    return field.attributes.back();
  };
  if (rest.empty()) throw Error(fmt::format("{}: nothing follows '{}'.", where, key));
  if (key == "field") {
    field.name = rest;
  } else if (key == "pronouns") {
    field.pronouns = list(rest, where);
  } else if (key == "names") {
    const std::vector<std::string> sides = split(rest, " + ");
    if (sides.size() != 2) throw Error(fmt::format("{}: names need two lists with ' + ' between them.", where));
    field.starts = parts(sides[0], where);
    field.ends = parts(sides[1], where);
  } else if (key == "open") {
    need(rest, {"{name}"}, where);
    field.openings.push_back(rest);
  } else if (key == "attribute") {
    field.attributes.push_back({rest, {}, "", {}, {}});
  } else if (key == "values" && rest.starts_with('@')) {
    attribute().link = rest.substr(1);
  } else if (key == "values") {
    attribute().values = list(rest, where);
  } else if (key == "-") {
    need(rest, {"{value}"}, where);
    need(rest, {"{It}", "{it}", "{name}"}, where);
    attribute().wordings.push_back(rest);
  } else if (key == "?") {
    need(rest, {"{name}"}, where);
    attribute().questions.push_back(rest);
  } else {
    throw Error(fmt::format("{}: '{}' begins no line; field, names, pronouns, open, attribute, values, - and ? do.",
                            where, key));
  }
}

/// The wording as it is where the name stands for "it".
std::string with_name(const std::string& wording) {
  return replace_all(replace_all(wording, "{It}", "{name}"), "{it}", "{name}");
}

/// Throws Error where a wording of the attribute has the words of one of its questions.
void need_unseen(const Attribute& a, const std::string& where) {
  for (const std::string& question : a.questions)
    for (const std::string& wording : a.wordings)
      if (with_name(wording).find(question) != std::string::npos)
        throw Error(fmt::format("{}: articles say '{}', so '{}' asks nothing new.", where, wording, question));
}

void check(const Field& field, const std::string& where) {
  const auto at_least_one = [&](bool there, const std::string& what) {
    if (!there) throw Error(fmt::format("{}: has no {}.", where, what));
  };
  at_least_one(!field.name.empty(), "line 'field'");
  at_least_one(!field.starts.empty(), "line 'names'");
  at_least_one(!field.pronouns.empty(), "line 'pronouns'");
  at_least_one(!field.openings.empty(), "line 'open'");
  at_least_one(field.attributes.size() >= 5 && field.attributes.size() <= 8, "5 to 8 attributes");
  need_different(field.openings, where);
  std::vector<std::string> names;
  for (const Attribute& a : field.attributes) {
    names.push_back(a.name);
    std::vector<std::string> said;
    for (const std::string& wording : a.wordings) said.push_back(with_name(wording));
    need_different(said, where);
    need_unseen(a, where);
    at_least_one(a.values.size() >= 2 || !a.link.empty(), fmt::format("two values for the attribute {}", a.name));
    at_least_one(!a.wordings.empty(), fmt::format("wording, a line with -, for the attribute {}", a.name));
    at_least_one(!a.questions.empty(), fmt::format("question, a line with ?, for the attribute {}", a.name));
  }
  need_different(names, where);
}

Field read_field(const fs::path& path) {
  Field field;
  std::istringstream lines(read_file(path));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number)
    if (line = trim(line); !line.empty() && line[0] != '#')
      read_line(line, field, fmt::format("{}, line {}", path.string(), number));
  check(field, path.string());
  return field;
}

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

std::vector<Field> read_encyclopedia(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw Error(fmt::format("{}: there is no such folder.", folder.string()));
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  if (files.empty()) throw Error(fmt::format("{}: holds no field, a file that ends in .txt.", folder.string()));
  std::sort(files.begin(), files.end());
  std::vector<Field> fields;
  for (const fs::path& file : files) fields.push_back(read_field(file));
  std::vector<std::string> names;
  for (const Field& field : fields) names.push_back(field.name);
  need_different(names, folder.string());
  for (const Field& field : fields) {
    for (const Attribute& a : field.attributes) {
      const auto linked = [&](const Field& other) { return other.name == a.link && other.name != field.name; };
      if (!a.link.empty() && std::none_of(fields.begin(), fields.end(), linked))
        throw Error(fmt::format("{}: the attribute {} of {} needs another field that is called {}.", folder.string(),
                                a.name, field.name, a.link));
    }
  }
  return fields;
}

std::string fingerprint(const std::vector<Field>& fields) {
  std::string all;
  const auto add = [&](const std::vector<std::string>& lines) { all += fmt::format("{}\n", fmt::join(lines, "\n")); };
  for (const Field& field : fields) {
    add({field.name});
    for (const auto* lines : {&field.starts, &field.ends, &field.pronouns, &field.openings}) add(*lines);
    for (const Attribute& a : field.attributes) {
      add({a.name, a.link});
      for (const auto* lines : {&a.values, &a.wordings, &a.questions}) add(*lines);
    }
  }
  return hash_of(all);
}

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
