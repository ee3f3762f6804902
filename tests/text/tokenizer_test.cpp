#include "text/tokenizer.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.hpp"
#include "core/random.hpp"
#include "tests/support/made_up_documents.hpp"
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

std::vector<std::pair<int, int>> learned_merges(const std::string& text, int vocabulary) {
  std::unordered_map<std::string, std::int64_t> counts;
  for_each_word(text, [&](std::string_view word) { ++counts[std::string(word)]; });
  return learn_merges(counts, vocabulary);
}

/// Byte pair encoding as one says it: again and again the pair that comes first in the list is joined, where it stands
/// first in the word.
std::vector<int> joined_plainly(const Tokenizer& tokenizer, const std::vector<std::pair<int, int>>& merges,
                                const std::string& word) {
  std::map<std::string, int> number;
  for (int t = 0; t < tokenizer.size(); ++t) number[tokenizer.bytes(t)] = t;
  std::vector<int> parts;
  for (const char byte : word) parts.push_back(tokenizer.byte_token(byte));
  for (const auto& [left, right] : merges)
    for (std::size_t i = 0; i + 1 < parts.size(); ++i)
      if (parts[i] == left && parts[i + 1] == right) {
        parts[i] = number.at(tokenizer.bytes(left) + tokenizer.bytes(right));
        parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      }
  return parts;
}

const char* const sample = "the theme of the other father: «él había leído», she's gone, 12 years, 345 days!  the end";

using Tokens = std::vector<int>;

/// A character in UTF-8, as if it had at least `bytes` of them.
std::string utf8(std::uint32_t c, int bytes = 1) {
  const int needed = std::max(bytes, c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4);
  if (needed == 1) return std::string(1, static_cast<char>(c));
  constexpr std::uint32_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  std::string text(1, static_cast<char>(lead[needed] | c >> 6 * (needed - 1)));
  for (int i = needed - 2; i >= 0; --i) text += static_cast<char>(0x80 | (c >> 6 * i & 0x3f));
  return text;
}

/// Random valid UTF-8: letters, marks, white space, and any other character.
std::string random_text(std::uint64_t seed) {
  Random random(seed, "random text");
  std::string text;
  const auto add = [&](std::uint64_t c) { text += utf8(static_cast<std::uint32_t>(c)); };
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

TEST_CASE("tokenizer: words of any length are joined pair by pair, the first of the best first, and soon") {
  const Tokenizer tokenizer = learned(std::string(sample) + " aaa aaaa abab babab aabaab", 330);
  const std::vector<std::pair<int, int>> merges =
      learned_merges(std::string(sample) + " aaa aaaa abab babab aabaab", 330);
  Random random(3, "long words");
  for (const std::size_t length : {1u, 2u, 3u, 5u, 17u, 100u, 700u})
    for (int time = 0; time < 5; ++time) {
      std::string word;
      for (std::size_t i = 0; i < length; ++i) word += "abthero"[random.below(time < 2 ? 2 : 7)];
      CHECK(tokenizer.encode(word) == joined_plainly(tokenizer, merges, word));
    }
  for (const char* piece : {"a", "ab", "-", "\u4e2d", " ", "1"}) {
    std::string text;
    while (text.size() < 300000) text += piece;
    CHECK(tokenizer.decode(tokenizer.encode(text)) == text);
  }
}

TEST_CASE("pretokenizer: splits as GPT-2 does") {
  // By the published pattern, worked out by hand.
  CHECK(words_of("I'm sure they've  gone,\n\nall 12!") ==
        std::vector<std::string>{"I", "'m", " sure", " they", "'ve", " ", " gone", ",", "\n", "\n", "all", " 12", "!"});
  CHECK(words_of("¿Qué?  ») ") == std::vector<std::string>{"¿", "Qué", "?", " ", " »)", " "});
  CHECK(words_of("she's isn't you're we've I'm I'll he'd it'x") ==
        std::vector<std::string>{"she", "'s", " isn", "'t", " you", "'re", " we", "'ve", " I", "'m", " I", "'ll", " he",
                                 "'d", " it", "'", "x"});
  CHECK(words_of("año٣b_c\t\td") == std::vector<std::string>{"año", "٣", "b", "_", "c", "\t", "\t", "d"});
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

TEST_CASE("tokenizer: bytes have GPT-2's numbers and characters") {
  const TemporaryFolder folder("bytes");
  const Tokenizer tokenizer = byte_tokenizer();
  tokenizer.write(folder.path);
  const auto vocab = nlohmann::json::parse(read_file(folder / "vocab.json"));
  CHECK(vocab.size() == 257);
  CHECK(vocab["<|endoftext|>"] == 256);
  // 94 printable ASCII characters, 12 and 82 of Latin-1; then the others, which are written as U+0100, U+0101, ...
  const std::tuple<int, int, int> rows[] = {
      {'!', 0, '!'},   {'~', 93, '~'},    {0xa1, 94, 0xa1},   {0xac, 105, 0xac},  {0xae, 106, 0xae}, {0xff, 187, 0xff},
      {0, 188, 0x100}, {' ', 220, 0x120}, {0x7f, 221, 0x121}, {0xa0, 254, 0x142}, {0xad, 255, 0x143}};
  for (const auto& [byte, number, character] : rows) {
    CHECK(tokenizer.byte_token(static_cast<char>(byte)) == number);
    CHECK(tokenizer.bytes(number) == std::string(1, static_cast<char>(byte)));
    CHECK(vocab[utf8(static_cast<std::uint32_t>(character))] == number);
  }
}

TEST_CASE("tokenizer: two pairs that make the same bytes make one token") {
  const Tokenizer bytes = byte_tokenizer();
  const int a = bytes.byte_token('a'), b = bytes.byte_token('b'), c = bytes.byte_token('c');
  const Tokenizer tokenizer({{a, b}, {b, c}, {256, c}, {a, 257}, {c, 258}});
  CHECK(tokenizer.size() == 261);  // ab, bc, abc, cabc, and the end
  CHECK(tokenizer.end_token() == 260);
  CHECK(tokenizer.bytes(258) == "abc");
  CHECK(tokenizer.bytes(259) == "cabc");
  CHECK(tokenizer.bytes(260) == "<|endoftext|>");
  CHECK(tokenizer.encode("cabc") == Tokens{259});
  CHECK(tokenizer.decode({259, 260, 256}) == "cabc<|endoftext|>ab");
}

TEST_CASE("tokenizer: of the pairs in a word the first merge is made first, and of equal pairs the left one") {
  const Tokenizer bytes = byte_tokenizer();
  const int a = bytes.byte_token('a'), b = bytes.byte_token('b'), c = bytes.byte_token('c');
  CHECK(Tokenizer({{b, c}, {a, b}}).encode("abc") == Tokens{a, 256});
  CHECK(Tokenizer({{a, b}, {b, c}}).encode("abc") == Tokens{256, c});
  CHECK(Tokenizer({{a, a}}).encode("aaa") == Tokens{256, a});
  // Each tokenizer by its own merges, though threads remember words.
  const Tokenizer one({{a, b}}), two({{b, a}});
  for (int time = 0; time < 2; ++time) {
    CHECK(one.encode("aba aba") == Tokens{256, a, bytes.byte_token(' '), 256, a});
    CHECK(two.encode("aba aba") == Tokens{a, 256, bytes.byte_token(' '), a, 256});
  }
}

TEST_CASE("tokenizer: a word is remembered, however long, as it was first encoded") {
  const std::string word(200, 'a');
  const int a = byte_tokenizer().byte_token('a');
  const Tokenizer tokenizer({{a, a}});
  const Tokens expected(100, 256);
  CHECK(tokenizer.encode(word) == expected);
  CHECK(tokenizer.encode(word) == expected);
  CHECK(tokenizer.encode("a" + word).size() == 101);
}

namespace {

/// Writes a vocabulary in which the end token is 0 and byte token t has number t + 1; then these tokens follow.
void write_foreign(const fs::path& folder, const std::vector<std::string>& more, const std::string& merges) {
  byte_tokenizer().write(folder);
  auto vocab = nlohmann::json::parse(read_file(folder / "vocab.json"));
  for (auto& [token, number] : vocab.items()) number = token == Tokenizer::end_text ? 0 : number.get<unsigned>() + 1;
  for (std::size_t i = 0; i < more.size(); ++i) vocab[more[i]] = 257 + i;
  write_file(folder / "vocab.json", vocab.dump());
  write_file(folder / "merges.txt", merges);
}

}  // namespace

TEST_CASE("tokenizer: another program's files are read by their own numbers, and merges by their lines") {
  const TemporaryFolder folder("foreign");
  const Tokenizer bytes = byte_tokenizer();
  const int a = bytes.byte_token('a') + 1, c = bytes.byte_token('c') + 1;
  const std::vector<std::string> more{"##", "ab", "bc", "Ġa"};
  write_foreign(folder.path, more, "#version: 0.2\r\nb c\r\n\r\na b\r\n# #\r\nĠ a\r\n");
  const Tokenizer first = Tokenizer::read(folder.path);
  CHECK(first.size() == 261);
  CHECK(first.end_token() == 0);
  CHECK(first.bytes(0) == "<|endoftext|>");
  CHECK(first.byte_token('a') == a);
  CHECK(first.bytes(260) == " a");
  CHECK(first.encode("abc ab##") == Tokens{a, 259, bytes.byte_token(' ') + 1, 258, 257});
  CHECK(first.encode(" ac") == Tokens{260, c});
  write_foreign(folder.path, more, "a b\nb c\n");  // without a first line of its own
  const Tokenizer second = Tokenizer::read(folder.path);
  CHECK(second.encode("abc") == Tokens{258, c});
  CHECK(first.encode("abc") == Tokens{a, 259});
  second.write(folder / "again");
  CHECK(read_file(folder / "again" / "merges.txt") == "#version: 0.2\na b\nb c\n");
  CHECK(nlohmann::json::parse(read_file(folder / "again" / "vocab.json")) ==
        nlohmann::json::parse(read_file(folder / "vocab.json")));
}

TEST_CASE("tokenizer: its fingerprint changes with any token or merge, their order, and where a token ends") {
  const TemporaryFolder folder("fingerprint");
  std::set<std::uint64_t> seen;
  const std::pair<std::vector<std::string>, const char*> rows[] = {{{"ab", "bcc"}, ""},
                                                                   {{"abb", "cc"}, ""},
                                                                   {{"bcc", "ab"}, ""},
                                                                   {{"ab", "bcd"}, ""},
                                                                   {{"ab"}, ""},
                                                                   {{"ab"}, "a b\n"},
                                                                   {{"ab", "bc"}, "a b\n"},
                                                                   {{"ab", "bc"}, "b c\n"},
                                                                   {{"ab", "bc"}, ""},
                                                                   {{"ab", "ac"}, "a b\n"},
                                                                   {{"ab", "ac"}, "a c\n"},
                                                                   {{"a0", "0b"}, ""},
                                                                   {{"ab", "bc"}, "a b\nb c"},
                                                                   {{"ab", "bc"}, "b c\na b"}};
  for (const auto& [more, merges] : rows) {
    write_foreign(folder.path, more, merges);
    const std::uint64_t found = Tokenizer::read(folder.path).fingerprint();
    CHECK(found == Tokenizer::read(folder.path).fingerprint());
    seen.insert(found);
  }
  CHECK(seen.size() == std::size(rows));
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
  for (const char* number : {"2", "-1", "1.0", "\"1\""}) {
    write_file(folder / "vocab.json", fmt::format(R"({{"a": 0, "b": {}}})", number));
    refused("each once");
  }
  write_file(folder / "vocab.json", R"({"a": 0, "b": 1})");
  refused("has no token <|endoftext|>");
  for (const char* token : {"日", "a b", "\\u0144"}) {  // U+0144 is the first that no byte is written as
    write_file(folder / "vocab.json", fmt::format(R"({{"{}": 0, "<|endoftext|>": 1}})", token));
    refused("vocab.json: \"");
  }
  for (const char* byte : {"\\u0100", "ÿ"}) {  // the first and the last
    auto lacking = nlohmann::json::parse(vocab);
    const auto at = nlohmann::json::parse(fmt::format("\"{}\"", byte)).get<std::string>();
    lacking["zyx"] = lacking[at];
    lacking.erase(at);
    write_file(folder / "vocab.json", lacking.dump());
    refused("no token for the byte");
  }
  write_file(folder / "vocab.json", R"({"a": 0, "<|endoftext|>": 1})");
  refused("no token for the byte");
  write_file(folder / "vocab.json", vocab);
  write_file(folder / "merges.txt", merges + "zz yy\n");
  refused("vocab.json does not have. Are they of one tokenizer?");
  write_file(folder / "merges.txt", merges + "a zz\n");
  refused("vocab.json does not have. Are they of one tokenizer?");
  write_file(folder / "merges.txt", "#version: 0.2\n\nq q\n");
  refused("merges.txt, line 3: makes a token that ");
  write_file(folder / "merges.txt", "#version: 0.2\nlonely\n");
  refused("merges.txt, line 2: needs two tokens");
  write_file(folder / "merges.txt", "a 日\n");
  refused("merges.txt, line 1: \"日\" is not written in GPT-2's byte characters");
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

TEST_CASE("utf-8: every character but the surrogates is valid, in its shortest form only, and whole") {
  for (std::uint32_t c = 0; c < 0x110000; ++c) {
    const bool surrogate = c >= 0xd800 && c < 0xe000;
    if ((invalid_utf8_at(utf8(c)) == std::string::npos) == surrogate) FAIL("U+", c);
  }
  for (int bytes = 2; bytes <= 4; ++bytes) {
    for (std::uint32_t c = 0; c < (bytes == 2 ? 0x80u : bytes == 3 ? 0x800u : 0x10000u); ++c)
      if (invalid_utf8_at(utf8(c, bytes)) != 0) FAIL("U+", c, " in ", bytes);
    const std::string whole = utf8(bytes == 2 ? 0xe9 : bytes == 3 ? 0x20ac : 0x1f600);
    for (int cut = 1; cut < bytes; ++cut) {
      CHECK(invalid_utf8_at("a" + whole.substr(0, static_cast<std::size_t>(cut))) == 1);
      CHECK(invalid_utf8_at(whole.substr(0, static_cast<std::size_t>(cut)) + "abc") == 0);
    }
  }
  for (const int stray : {0x80, 0xbf, 0xf8, 0xff})
    CHECK(invalid_utf8_at("ab" + std::string(1, static_cast<char>(stray)) + "\x80\x80\x80\x80") == 2);
  CHECK(invalid_utf8_at("\xf7\xbf\xbf\xbf") == 0);
}

TEST_CASE("utf-8: what is not valid becomes U+FFFD, byte by byte, and the rest stays") {
  CHECK(readable("héllo") == "héllo");
  CHECK(readable("") == "");
  CHECK(readable("a\xff\xfe"
                 "b\xc3") ==
        "a\ufffd\ufffd"
        "b\ufffd");
}

TEST_CASE("tokenizer: from within a long text it tells how much is done, of one long word and of many short ones") {
  const Tokenizer tokenizer({{'a' - '!', 'b' - '!'}});
  const std::size_t size = 400000, at_once = 1 << 16;
  std::string word, words;
  while (word.size() < size) word += "ab", words += "ab ";
  for (const std::string& text : {word, words}) {
    std::size_t told = 0, times = 0;
    const auto tokens = tokenizer.encode(text, [&](std::size_t more) { told += more, ++times; });
    CHECK(tokens == tokenizer.encode(text));
    CHECK(times >= 2);
    CHECK(told <= text.size());
    CHECK(told % at_once < 8 * times);
  }
  tokenizer.encode("ab ab", [](std::size_t) { FAIL("a short text tells nothing"); });
}
