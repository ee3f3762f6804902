#include "core/hash.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

using namespace sgtm;

TEST_CASE("hash: FNV-1a's published values, since kept results are named by it") {
  CHECK(hash_of("") == "cbf29ce484222325");
  CHECK(hash_of("a") == "af63dc4c8601ec8c");
  CHECK(hash_of("foobar") == "85944171f73967e8");
}

TEST_CASE("digest: the same for the same bytes however they are cut, another for others, longer or shorter") {
  const std::string bytes = "the quick brown fox jumps over the lazy dog";
  const auto digest_of = [](const std::string& text, std::size_t piece) {
    Digest digest;
    for (std::size_t at = 0; at < text.size(); at += piece)
      digest.add(text.data() + at, std::min(piece, text.size() - at));
    return digest.value();
  };
  std::set<std::uint64_t> seen;
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    const std::string text = bytes.substr(0, length);
    for (std::size_t piece = 1; piece < 20; ++piece) CHECK(digest_of(text, piece) == digest_of(text, 100));
    CHECK(seen.insert(digest_of(text, 7)).second);
    CHECK(seen.insert(digest_of(text + '\0', 7)).second);
    for (std::size_t i = 0; i < length; ++i) {
      std::string other = text;
      other[i] = static_cast<char>(other[i] ^ 1);
      CHECK(digest_of(other, 7) != digest_of(text, 7));
    }
  }
}
