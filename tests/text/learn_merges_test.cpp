#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/random.hpp"
#include "tests/support/made_up_documents.hpp"
#include "tests/support/temporary_folder.hpp"
#include "text/dataset.hpp"
#include "text/pretokenizer.hpp"

using namespace sgtm;

namespace {

using Words = std::unordered_map<std::string, std::int64_t>;
using Merges = std::vector<std::pair<int, int>>;

/// The header's words in the plainest way: counts every pair again before each merge.
Merges learned_plainly(const Words& words, int vocabulary) {
  const Tokenizer bytes = byte_tokenizer();
  std::vector<std::string> tokens;
  for (int t = 0; t < 256; ++t) tokens.push_back(bytes.bytes(t));
  std::vector<std::pair<std::vector<int>, std::int64_t>> texts;
  for (const auto& [word, count] : words) texts.emplace_back(bytes.encode(word), count);
  Merges merges;
  while (static_cast<int>(tokens.size()) + 1 < vocabulary) {
    std::map<std::pair<int, int>, std::int64_t> pairs;  // in the order of their tokens
    for (const auto& [text, count] : texts)
      for (std::size_t i = 1; i < text.size(); ++i) pairs[{text[i - 1], text[i]}] += count;
    const auto less = [](const auto& a, const auto& b) { return a.second < b.second; };
    const auto best = std::max_element(pairs.begin(), pairs.end(), less);  // the first of the largest
    if (best == pairs.end() || best->second < 2) break;
    const auto [left, right] = best->first;
    const std::string joined = tokens[static_cast<std::size_t>(left)] + tokens[static_cast<std::size_t>(right)];
    auto token = std::find(tokens.begin(), tokens.end(), joined);
    if (token == tokens.end()) token = tokens.insert(token, joined);
    for (auto& [text, count] : texts)
      for (std::size_t i = 0; i + 1 < text.size(); ++i)
        if (text[i] == left && text[i + 1] == right) {
          text[i] = static_cast<int>(token - tokens.begin());
          text.erase(text.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        }
    merges.push_back(best->first);
  }
  return merges;
}

int token(char letter) {
  return byte_tokenizer().byte_token(letter);
}

}  // namespace

TEST_CASE("learn_merges: the most frequent pair of all words is joined, again and again, the first among equals") {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    Random random(seed, "words");
    Words words;
    for (int w = 0; w < 25; ++w) {
      std::string word;
      for (std::uint64_t left = 1 + random.below(9); left > 0; --left) word += static_cast<char>('a' + random.below(3));
      words[word] = static_cast<std::int64_t>(1 + random.below(4));
    }
    for (const int vocabulary : {262, 300})
      CHECK(learn_merges(words, vocabulary) == learned_plainly(words, vocabulary));
  }
}

TEST_CASE("learn_merges: among equally frequent pairs the one whose tokens came first wins") {
  const Words words{{"cb", 3}, {"ba", 3}, {"ab", 3}, {"ac", 3}};
  CHECK(learn_merges(words, 261) ==
        Merges{{token('a'), token('b')}, {token('a'), token('c')}, {token('b'), token('a')}, {token('c'), token('b')}});
}

TEST_CASE("learn_merges: what occurs once is not joined; what occurs twice is, in one word or in two") {
  CHECK(learn_merges({{"ab", 1}, {"bc", 1}}, 300).empty());
  CHECK(learn_merges({{"ab", 2}}, 300) == Merges{{token('a'), token('b')}});
  CHECK(learn_merges({{"ab", 1}, {"xab", 1}}, 300) == Merges{{token('a'), token('b')}});
}

TEST_CASE("learn_merges: the vocabulary counts the 256 bytes and the end token") {
  const Words words{{"abcdefgh", 9}};
  for (const int vocabulary : {257, 258, 261}) {
    CHECK(learn_merges(words, vocabulary).size() == static_cast<std::size_t>(vocabulary - 257));
    CHECK(Tokenizer(learn_merges(words, vocabulary)).size() == vocabulary);
  }
}

TEST_CASE("learn_merges: where no tokenizer is given, one is learned from all words of all sources") {
  const TemporaryFolder folder("learned");
  PrepareConfig config;
  config.out = folder / "data";
  config.vocabulary = 320;
  const std::vector<std::string> texts[] = {{"the cat and the hat", "the dog and the fog"},
                                            {"el gato y el pato", "el perro y el cerro", "un gato"}};
  std::unordered_map<std::string, std::int64_t> words;
  for (const auto& source : texts)
    for (const std::string& text : source)
      for_each_word(text, [&](std::string_view word) { ++words[std::string(word)]; });
  prepare(config, {{"retain", "a", giving_texts(texts[0])}, {"forget", "b", giving_texts(texts[1])}});
  const Tokenizer expected(learn_merges(words, 320));
  CHECK(Tokenizer::read(config.out).fingerprint() == expected.fingerprint());
  CHECK(read_dataset(config.out).tokenizer_fingerprint == fmt::format("{:016x}", expected.fingerprint()));
  CHECK(Tokenizer::read(config.out).size() == expected.size());
}
