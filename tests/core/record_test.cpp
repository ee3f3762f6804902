#include "core/record.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <optional>

#include "tests/support/temporary_folder.hpp"

namespace sgtm {

struct Inner {
  std::vector<int> whole;
  std::optional<double> real;
};

struct Outer {
  bool flag = false;
  std::string text, later = "as it was";
  std::map<std::string, Inner> inner;
  std::uint64_t seed = 0;
};

template <Is<Inner> R>
void for_each_part(R& of, auto visit) {
  visit("whole", of.whole), visit("real?", of.real);
}

template <Is<Outer> R>
void for_each_part(R& of, auto visit) {
  visit("flag", of.flag), visit("text", of.text), visit("inner", of.inner), visit("seed", of.seed);
  visit("later?", of.later);
}

}  // namespace sgtm

using namespace sgtm;
using nlohmann::ordered_json;

namespace {

/// Where JSON does not fit; empty where it does.
std::string misfit(const ordered_json& json) {
  Outer outer;
  try {
    read_part(json, outer);
  } catch (const Misfit& m) {
    return m.where;
  }
  return "";
}

}  // namespace

TEST_CASE("record: written in the order of its parts, without what is empty, and read back") {
  const Outer outer{true, "x", "y", {{"a", {{1, 2}, 0.5}}, {"b", {}}}, ~std::uint64_t(0)};
  const std::string text = json_of(outer).dump();
  CHECK(text == R"({"flag":true,"text":"x","inner":{"a":{"whole":[1,2],"real":0.5},"b":{"whole":[]}},)"
                R"("seed":18446744073709551615,"later":"y"})");
  Outer back;
  read_part(ordered_json::parse(text), back);
  CHECK(json_of(back).dump() == text);
  CHECK(json_of(std::vector<Inner>{}).dump() == "[]");
}

TEST_CASE("record: what does not fit is named by its place; what may be missing stays as it was") {
  const ordered_json good = json_of(Outer{true, "x", "y", {{"a", {{1, 2}, 0.5}}}, 1});
  CHECK(misfit(good).empty());
  const auto changed = [&](const char* at, const ordered_json& value) {
    ordered_json other = good;
    other[ordered_json::json_pointer(at)] = value;
    return misfit(other);
  };
  CHECK(changed("/flag", 1) == "flag");
  CHECK(changed("/text", 1) == "text");
  CHECK(changed("/text", nullptr) == "text");
  CHECK(changed("/seed", -1) == "seed");
  CHECK(changed("/inner", ordered_json::array()) == "inner");
  CHECK(changed("/inner/a", 3) == "inner.a");
  CHECK(changed("/inner/b", ordered_json::object()) == "inner.b.whole");
  CHECK(changed("/inner/a/whole", 3) == "inner.a.whole");
  CHECK(changed("/inner/a/whole/1", -2) == "inner.a.whole.1");
  CHECK(changed("/inner/a/whole/1", 2.5) == "inner.a.whole.1");
  CHECK(changed("/inner/a/whole/1", 1u << 31) == "inner.a.whole.1");  // of an int
  CHECK(changed("/inner/a/real", "x") == "inner.a.real");
  CHECK(changed("/inner/a/real", true) == "inner.a.real");
  CHECK(changed("/inner/a/real", 3).empty());
  CHECK(changed("/inner/a/real", nullptr).empty());
  CHECK(changed("/more", 3).empty());
  CHECK(misfit(3) == ".");
  for (const char* part : {"flag", "text", "inner", "seed"}) {
    ordered_json without = good;
    without.erase(part);
    CHECK(misfit(without) == part);
  }
  ordered_json older = good;
  older.erase("later");
  Outer outer;
  read_part(older, outer);
  CHECK(outer.later == "as it was");
}

TEST_CASE("record: a file that is none is told with its place and the advice") {
  const TemporaryFolder folder("record");
  const fs::path path = folder / "x.json";
  write_file(path, "{\"flag\": 1}");
  CHECK_THROWS_WITH_AS(read_record<Outer>(path, "Do it again."),
                       doctest::Contains("x.json: is damaged (flag). Do it again."), Error);
  write_file(path, "{\"flag\": ");
  CHECK_THROWS_WITH_AS(read_record<Outer>(path, "Do it again."), doctest::Contains("x.json: is damaged ("), Error);
  write_file(path, json_of(Outer{true, "x", "y", {}, 7}).dump());
  CHECK(read_record<Outer>(path, "").seed == 7);
}
