#include "text/tokenizer.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "tests/support/temporary_folder.hpp"
#include "text/pretokenizer.hpp"

using namespace sgtm;

namespace {

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for_each_word(text, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

Tokenizer learned(const std::string& text, int vocabulary) {
  std::unordered_map<std::string, std::int64_t> counts;
  for_each_word(text, [&](std::string_view word) { ++counts[std::string(word)]; });
  return Tokenizer(learn_merges(counts, vocabulary));
}

const char* const sample = "the theme of the other father: «él había leído», she's gone, 12 years, 345 days!  the end";

/// Random valid UTF-8: letters, marks, white space, and any other character.
std::string random_text(std::uint64_t seed) {
  Random random(seed, "random text");
  std::string text;
  const auto add = [&](std::uint64_t c) {
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else if (c < 0x800) {
      text += static_cast<char>(0xc0 | c >> 6);
      text += static_cast<char>(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
      text += static_cast<char>(0xe0 | c >> 12);
      text += static_cast<char>(0x80 | (c >> 6 & 0x3f));
      text += static_cast<char>(0x80 | (c & 0x3f));
    } else {
      text += static_cast<char>(0xf0 | c >> 18);
      for (const int shift : {12, 6, 0}) text += static_cast<char>(0x80 | (c >> shift & 0x3f));
    }
  };
  const std::uint64_t length = random.below(200);
  for (std::uint64_t i = 0; i < length; ++i) {
    const std::uint64_t kind = random.below(8);
    if (kind < 4)
      add('a' + random.below(26));
    else if (kind == 4)
      add(U" \n\t\r\v'  "[random.below(8)]);
    else if (kind == 5)
      add(random.below(0x250));
    else if (kind == 6)
      add(0x3040 + random.below(0x60));
    else
      add(random.below(2) ? random.below(0xd800) : 0xe000 + random.below(0x110000 - 0xe000));
  }
  return text;
}

}  // namespace

TEST_CASE("pretokenizer: splits as GPT-2 does") {
  // By the published pattern, worked out by hand.
  CHECK(words_of("I'm sure they've  gone,\n\nall 12!") ==
        std::vector<std::string>{"I", "'m", " sure", " they", "'ve", " ", " gone", ",", "\n", "\n", "all", " 12", "!"});
  CHECK(words_of("¿Qué?  ») ") == std::vector<std::string>{"¿", "Qué", "?", " ", " »)", " "});
  CHECK(words_of("").empty());
}

TEST_CASE("tokenizer: encode then decode gives back every byte of valid UTF-8") {
  const Tokenizer tokenizer = learned(sample, 300);
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const std::string text = random_text(seed);
    REQUIRE(invalid_utf8_at(text) == std::string::npos);
    CHECK(tokenizer.decode(tokenizer.encode(text)) == text);
  }
}

TEST_CASE("tokenizer: merges are learned most frequent pair first, and applied in that order") {
  std::unordered_map<std::string, std::int64_t> counts{{"abab", 5}, {"ab", 3}, {"bc", 4}};
  const auto merges = learn_merges(counts, 259);
  const Tokenizer bytes(std::vector<std::pair<int, int>>{});
  REQUIRE(merges.size() == 2);
  CHECK(merges[0] == std::pair(bytes.byte_token('a'), bytes.byte_token('b')));  // 13 times
  CHECK(merges[1] == std::pair(256, 256));                                      // abab, 5 times
  const Tokenizer tokenizer(merges);
  CHECK(tokenizer.size() == 259);
  CHECK(tokenizer.encode("abab") == std::vector<int>{257});
  CHECK(tokenizer.encode("ababab") == std::vector<int>{257, 256});
  CHECK(tokenizer.bytes(257) == "abab");
  CHECK(tokenizer.end_token() == 258);
}

TEST_CASE("tokenizer: its files are GPT-2's, and come back") {
  const TemporaryFolder folder("tokenizer");
  const Tokenizer tokenizer = learned(sample, 290);
  tokenizer.write(folder.path);
  const Tokenizer again = Tokenizer::read(folder.path);
  CHECK(again.fingerprint() == tokenizer.fingerprint());
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    CHECK(again.encode(random_text(seed)) == tokenizer.encode(random_text(seed)));
  CHECK(read_file(folder / "merges.txt").starts_with("#version: 0.2\n"));
  CHECK(read_file(folder / "vocab.json").find("\"Ġthe\"") != std::string::npos);  // GPT-2's way to write " the"
  CHECK(learned(sample, 260).fingerprint() != tokenizer.fingerprint());
}

TEST_CASE("tokenizer: files that are foreign or do not fit each other are refused") {
  const TemporaryFolder folder("foreign");
  const auto refused = [&](const char* why) {
    CHECK_THROWS_WITH_AS(Tokenizer::read(folder.path), doctest::Contains(why), Error);
  };
  refused("vocab.json: can't be read");
  learned(sample, 290).write(folder.path);
  const std::string vocab = read_file(folder / "vocab.json"), merges = read_file(folder / "merges.txt");
  write_file(folder / "vocab.json", "[1]");
  refused("not a JSON object");
  write_file(folder / "vocab.json", R"({"a": 0, "b": 0})");
  refused("each once");
  write_file(folder / "vocab.json", R"({"a": 0, "b": 1})");
  refused("has no token <|endoftext|>");
  write_file(folder / "vocab.json", R"({"a": 0, "<|endoftext|>": 1})");
  refused("no token for the byte");
  write_file(folder / "vocab.json", vocab);
  write_file(folder / "merges.txt", merges + "zz yy\n");
  refused("joins tokens that vocab.json does not have");
  write_file(folder / "merges.txt", merges + "lonely\n");
  refused("needs two tokens");
}

TEST_CASE("utf-8: the first byte that is wrong is found") {
  CHECK(invalid_utf8_at("héllo") == std::string::npos);
  CHECK(invalid_utf8_at("ab\xff") == 2);
  CHECK(invalid_utf8_at("ab\xc3") == 2);            // cut
  CHECK(invalid_utf8_at("\xc0\xaf") == 0);          // overlong
  CHECK(invalid_utf8_at("\xe0\x80\xaf") == 0);      // overlong
  CHECK(invalid_utf8_at("a\xed\xa0\x80") == 1);     // a surrogate
  CHECK(invalid_utf8_at("\xf4\x90\x80\x80") == 0);  // beyond U+10FFFF
}

TEST_CASE("utf-8: what is not valid becomes U+FFFD, byte by byte, and the rest stays") {
  CHECK(readable("héllo") == "héllo");
  CHECK(readable("") == "");
  CHECK(readable("a\xff\xfe"
                 "b\xc3") ==
        "a\ufffd\ufffd"
        "b\ufffd");
}
