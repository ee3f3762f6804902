#include "text/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/error.hpp"

using namespace sgtm;

namespace {

std::vector<std::string> numbered(const std::string& word, int count) {
  std::vector<std::string> items;
  for (int i = 0; i < count; ++i) items.push_back(word + std::to_string(i));
  return items;
}

Attribute of_own_values(const std::string& name, int values) {
  return {name, numbered(name, values), "", {}, {}};
}

Attribute of_link(const std::string& name, const std::string& field) {
  return {name, {}, field, {}, {}};
}

/// Three fields of up to 80 names. Trees link to stones; rivers link to stones and to trees.
std::vector<Field> three_fields() {
  const Attribute color = of_own_values("color", 10), size = of_own_values("size", 10);
  const Attribute owner = of_link("owner", "stones"), tree = of_link("tree", "trees");
  const std::vector<std::string> ends = numbered("-", 10);
  return {{"stones", numbered("S", 8), ends, {}, {}, {color, size, of_own_values("shape", 7)}},
          {"trees", numbered("T", 8), ends, {}, {}, {color, size, owner}},
          {"rivers", numbered("R", 8), ends, {}, {}, {owner, color, tree}}};
}

World drawn(std::uint64_t seed = 1, double entanglement = 0.253, Index entities = 180) {
  return make_world({entities, entanglement, seed}, three_fields());
}

/// The numbers of an attribute's values, by entity; of attribute -1, which of the field's 80 names each has.
std::vector<int> numbers(const World& world, std::size_t field, int attribute) {
  std::vector<int> all;
  for (const Entity& entity : world.entities[field])
    all.push_back(attribute >= 0 ? entity.facts[static_cast<std::size_t>(attribute)].value
                                 : (entity.name[1] - '0') * 10 + entity.name[3] - '0');
  return all;
}

std::vector<int> tellers(const World& world, std::size_t field) {
  std::vector<int> all;
  for (const Entity& entity : world.entities[field])
    for (const Fact& fact : entity.facts) all.push_back(fact.teller);
  return all;
}

/// How often each number from 0 on is among these.
std::vector<std::ptrdiff_t> counts(const std::vector<int>& numbers, int most) {
  std::vector<std::ptrdiff_t> all;
  for (int i = 0; i < most; ++i) all.push_back(std::count(numbers.begin(), numbers.end(), i));
  return all;
}

std::size_t different_pairs(const std::vector<int>& a, const std::vector<int>& b) {
  std::set<std::pair<int, int>> pairs;
  for (std::size_t i = 0; i < a.size(); ++i) pairs.emplace(a[i], b[i]);
  return pairs.size();
}

int equal_places(const std::vector<int>& a, const std::vector<int>& b) {
  int equal = 0;
  for (std::size_t i = 0; i < a.size(); ++i) equal += a[i] == b[i];
  return equal;
}

}  // namespace

TEST_CASE("world: every field has its even part of the entities, and what is left goes to the first fields") {
  const World world = drawn(1, 0.5, 182);
  REQUIRE(world.entities.size() == 3);
  CHECK(world.entities[0].size() == 61);
  CHECK(world.entities[1].size() == 61);
  CHECK(world.entities[2].size() == 60);
  for (std::size_t f = 0; f < 3; ++f)
    for (const Entity& entity : world.entities[f]) CHECK(entity.facts.size() == 3);
}

TEST_CASE("world: names are of a start and an end of the field, each once, in an order of the field's own") {
  const World full = drawn(1, 0, 240);
  for (std::size_t f = 0; f < 3; ++f) CHECK(counts(numbers(full, f, -1), 80) == std::vector<std::ptrdiff_t>(80, 1));
  CHECK(full.entities[1][0].name[0] == 'T');
  // By chance 1 of 80 entities has its own number, or the number of its like.
  CHECK(equal_places(numbers(full, 0, -1), numbers(full, 1, -1)) < 10);
  std::vector<int> in_turn(80);
  for (std::size_t i = 0; i < 80; ++i) in_turn[i] = static_cast<int>(i);
  CHECK(equal_places(numbers(full, 0, -1), in_turn) < 10);
  std::vector<Field> fields = three_fields();
  fields[2].starts = {"Ada", "Bo"}, fields[2].ends = {"Albright", "Cole"};  // words
  const World small = make_world({12, 0, 1}, fields);
  std::set<std::string> names;
  for (const Entity& entity : small.entities[2]) names.insert(entity.name);
  CHECK(names == std::set<std::string>{"Ada Albright", "Ada Cole", "Bo Albright", "Bo Cole"});
}

TEST_CASE("world: each value is as often as the next, and links are even: one to each entity") {
  const World world = drawn();
  for (std::size_t f = 0; f < 3; ++f) {
    for (int a = 0; a < 3; ++a) {
      const int values = static_cast<int>(world.values(static_cast<int>(f), a).size());
      const auto times = counts(numbers(world, f, a), values);
      if (values == 10) CHECK(times == std::vector<std::ptrdiff_t>(10, 6));
      if (values == 60) CHECK(times == std::vector<std::ptrdiff_t>(60, 1));
      if (values == 7) CHECK(std::count(times.begin(), times.end(), 9) == 4);  // 60 = 4 * 9 + 3 * 8
      if (values == 7) CHECK(std::count(times.begin(), times.end(), 8) == 3);
    }
  }
  // No value is preferred, in no seed, and not the same ones by two attributes or fields.
  std::vector<Field> fields = three_fields();
  for (std::size_t f = 0; f < 3; ++f) fields[f].attributes = {of_own_values("shape", 7), of_own_values("sort", 7)};
  std::vector<std::vector<std::ptrdiff_t>> often[6];  // by field and attribute, then by seed
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    const World sevens = make_world({180, 0, seed}, fields);
    for (std::size_t i = 0; i < 6; ++i) often[i].push_back(counts(numbers(sevens, i / 2, static_cast<int>(i % 2)), 7));
  }
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(std::set(often[i].begin(), often[i].end()).size() > 2);
    for (std::size_t j = 0; j < i; ++j) CHECK(often[i] != often[j]);
  }
}

TEST_CASE("world: no fact can be inferred from another, nor from an entity's number or name") {
  const World world = drawn();
  std::vector<std::vector<int>> tens, sixties;  // attributes of 10 values, and links; with numbers and names as such
  tens.emplace_back();
  for (int i = 0; i < 60; ++i) tens.back().push_back(i % 10);
  for (std::size_t f = 0; f < 3; ++f) {
    std::vector<int> starts = numbers(world, f, -1), ends = starts;
    for (int& start : starts) start /= 10;
    for (int& end : ends) end %= 10;
    tens.insert(tens.end(), {starts, ends});
    for (int a = 0; a < 3; ++a) {
      const std::size_t values = world.values(static_cast<int>(f), a).size();
      if (values == 10) tens.push_back(numbers(world, f, a));
      if (values == 60) sixties.push_back(numbers(world, f, a));
    }
  }
  sixties.emplace_back();
  for (int i = 0; i < 60; ++i) sixties.back().push_back(i);
  REQUIRE(tens.size() == 1 + 6 + 5);
  REQUIRE(sixties.size() == 3 + 1);
  for (std::size_t i = 0; i < tens.size(); ++i)  // of 100 pairs 60 draws meet 45; of a rule there are 10
    for (std::size_t j = 0; j < i; ++j) CHECK(different_pairs(tens[i], tens[j]) > 30);
  for (std::size_t i = 0; i < sixties.size(); ++i)  // by chance one
    for (std::size_t j = 0; j < i; ++j) CHECK(equal_places(sixties[i], sixties[j]) < 8);
}

TEST_CASE("world: the share of a field's facts that is told elsewhere is told by the fields linking to it, in turn") {
  const World world = drawn();  // 0.253 of 180 facts: 45.54
  CHECK(counts(tellers(world, 0), 3) == std::vector<std::ptrdiff_t>{0, 23, 23});
  CHECK(counts(tellers(world, 1), 3) == std::vector<std::ptrdiff_t>{0, 0, 46});
  CHECK(counts(tellers(world, 2), 3) == std::vector<std::ptrdiff_t>{0, 0, 0});
  for (std::size_t f = 0; f < 2; ++f) {
    for (std::size_t a = 0; a < 3; ++a) {  // of each attribute's 60 facts 15, give or take 5 standard deviations of 3
      int told = 0;
      for (const Entity& entity : world.entities[f]) told += entity.facts[a].teller >= 0;
      CHECK(told > 0);
      CHECK(told < 31);
    }
  }
  int both = 0;  // by chance 46 * 46 / 180 = 12
  for (std::size_t i = 0; i < 180; ++i) both += tellers(world, 0)[i] >= 0 && tellers(world, 1)[i] >= 0;
  CHECK(both < 24);
  CHECK(tellers(drawn(1, 0), 0) == std::vector<int>(180, -1));
  CHECK(counts(tellers(drawn(1, 1), 0), 3) == std::vector<std::ptrdiff_t>{0, 90, 90});
}

TEST_CASE("world: a seed draws names, values, links and tellers, the same every time and others than another seed") {
  const World one = drawn(1), again = drawn(1), other = drawn(2);
  for (const int attribute : {-1, 0, 1, 2}) {
    CHECK(numbers(one, 1, attribute) == numbers(again, 1, attribute));
    CHECK(numbers(one, 1, attribute) != numbers(other, 1, attribute));
  }
  CHECK(tellers(one, 1) == tellers(again, 1));
  CHECK(tellers(one, 1) != tellers(other, 1));
}

TEST_CASE("world: a value is the attribute's own, or the name of the entity that is linked to") {
  World world = drawn();
  world.entities[1][5].facts = {{3, -1}, {7, -1}, {42, -1}};
  CHECK(world.value(1, 5, 0) == "color3");
  CHECK(world.value(1, 5, 1) == "size7");
  CHECK(world.value(1, 5, 2) == world.entities[0][42].name);
  CHECK(world.values(1, 1) == numbered("size", 10));
  REQUIRE(world.values(1, 2).size() == 60);
  for (std::size_t e = 0; e < 60; ++e) CHECK(world.values(1, 2)[e] == world.entities[0][e].name);
  CHECK(world.field("stones") == 0);
  CHECK(world.field("rivers") == 2);
  CHECK_THROWS_WITH_AS(world.field("seas"), doctest::Contains("stones, trees, rivers"), Error);
}

TEST_CASE("world: where nothing is said, 240 entities, half of the facts told elsewhere too, and seed 1") {
  CHECK(WorldConfig{}.entities == 240);
  CHECK(WorldConfig{}.entanglement == 0.5);
  CHECK(WorldConfig{}.seed == 1);
}

TEST_CASE("world: too few or too many entities, a share beyond 0 to 1, and names of two fields are refused") {
  CHECK_NOTHROW(drawn(1, 0.5, 6));
  CHECK_THROWS_WITH_AS(drawn(1, 0.5, 5), doctest::Contains("needs at least 6"), Error);
  CHECK_NOTHROW(drawn(1, 0.5, 240));
  CHECK_THROWS_WITH_AS(drawn(1, 0.5, 241), doctest::Contains("has names for 80 entities, and 81 are asked for"), Error);
  for (const double share : {-0.01, 1.01, std::nan("")})
    CHECK_THROWS_WITH_AS(drawn(1, share), doctest::Contains("--entanglement"), Error);
  std::vector<Field> fields = three_fields();
  fields[2].starts[3] = "S3";
  CHECK_THROWS_WITH_AS(make_world({240, 0, 1}, fields), doctest::Contains("two fields can have an entity called S3-"),
                       Error);
}
