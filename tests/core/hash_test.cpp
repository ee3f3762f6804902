#include "core/hash.hpp"

#include <doctest/doctest.h>

using namespace sgtm;

TEST_CASE("hash: FNV-1a's published values, since kept results are named by it") {
  CHECK(hash_of("") == "cbf29ce484222325");
  CHECK(hash_of("a") == "af63dc4c8601ec8c");
  CHECK(hash_of("foobar") == "85944171f73967e8");
}
