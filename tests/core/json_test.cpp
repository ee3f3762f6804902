#include "core/json.hpp"

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.hpp"

using namespace sgtm;
using nlohmann::json;
using nlohmann::ordered_json;

TEST_CASE("json: what is not JSON, deep, or has a key twice is refused, naming where it stands") {
  const auto refused = [](const std::string& text, const char* why) {
    CAPTURE(text.substr(0, 40));
    CHECK_THROWS_WITH_AS(parse_json<json>(text, "here"), doctest::Contains(why), Error);
    CHECK_THROWS_WITH_AS(parse_json<ordered_json>(text, "here"), doctest::Contains("here: is not JSON, or damaged"),
                         Error);
  };
  refused("", "(");
  refused("{\"a\": 1,}", "(");
  refused("{\"a\": 1", "(");
  refused("{\"a\": 1} 2", "(");
  refused("{\"a\": 1e999}", "(");
  refused("{\"a\": \"\xff\"}", "(");
  refused("{\"a\": 1, \"b\": {\"a\": 2, \"a\": 3}}", "the key \"a\" stands twice");
  refused(std::string(200000, '['), "nested deeper than 64 levels");
  refused(std::string(65, '[') + std::string(65, ']'), "nested deeper than 64 levels");
  CHECK_NOTHROW(parse_json<json>(std::string(64, '[') + std::string(64, ']'), "here"));
  CHECK(parse_json<json>(R"({"a": {"b": 1}, "c": {"b": 1}})", "here")["c"]["b"] == 1);
  const TemporaryFolder folder("json");
  write_file(folder / "x.json", "{\"b\": 1, \"a\": 2}");
  CHECK(read_json(folder / "x.json").dump() == "{\"b\":1,\"a\":2}");
  CHECK_THROWS_WITH_AS(read_json(folder / "y.json"), doctest::Contains("y.json: can't be read"), Error);
}

TEST_CASE("json: a whole number lies within its bounds, and is one") {
  CHECK(whole(json(7), 0, 7) == 7);
  CHECK(whole(json(-1), -1, 7) == -1);
  for (const json& bad : {json(8), json(-1), json(1.0), json("1"), json(true), json(nullptr),
                          json(std::numeric_limits<std::uint64_t>::max())})
    CHECK_THROWS_AS(whole(bad, 0, 7), std::out_of_range);
}
