#include "text/survey.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "tests/support/made_up_documents.hpp"

using namespace sgtm;

namespace {

std::vector<std::string> numbered_texts(const std::string& word, int count) {
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i) texts.push_back(word + " " + std::to_string(i));
  return texts;
}

Survey surveyed(const std::vector<std::string>& texts, double held_out, std::uint64_t seed = 1,
                const std::string& name = "retain") {
  PrepareConfig config;
  config.held_out = held_out, config.seed = seed;
  return survey({name, "a " + name + " source", giving_texts(texts)}, config, nullptr);
}

std::ptrdiff_t held_out_of(int documents, double share) {
  const std::vector<bool> held_out = surveyed(numbered_texts("text", documents), share).held_out;
  CHECK(held_out.size() == static_cast<std::size_t>(documents));
  return std::count(held_out.begin(), held_out.end(), true);
}

}  // namespace

TEST_CASE("survey: parallel sources hold out the same numbers, so that no held-out text's translation is trained on") {
  for (const std::uint64_t seed : {1u, 2u, 9u}) {
    const Survey english = surveyed(numbered_texts("house", 200), 0.1, seed, "retain");
    const Survey spanish = surveyed(numbered_texts("una casa", 200), 0.1, seed, "forget");
    CHECK(english.held_out == spanish.held_out);
    CHECK(english.hashes != spanish.hashes);
  }
}

TEST_CASE("survey: the seed chooses which documents are held out, anywhere in the source") {
  CHECK(surveyed(numbered_texts("text", 200), 0.1, 1).held_out !=
        surveyed(numbered_texts("text", 200), 0.1, 2).held_out);
  std::vector<int> times(20);
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const std::vector<bool> held_out = surveyed(numbered_texts("text", 20), 0.25, seed).held_out;
    for (std::size_t i = 0; i < times.size(); ++i) times[i] += held_out[i];
  }
  // 100 times each, give or take 5 standard deviations of 8.7.
  CHECK(*std::min_element(times.begin(), times.end()) > 56);
  CHECK(*std::max_element(times.begin(), times.end()) < 144);
}

TEST_CASE("survey: the held-out share is rounded, and leaves a document on either side") {
  CHECK(held_out_of(30, 0.1) == 3);
  CHECK(held_out_of(26, 0.1) == 3);  // 2.6
  CHECK(held_out_of(24, 0.1) == 2);  // 2.4
  CHECK(held_out_of(20, 0.01) == 1);
  CHECK(held_out_of(3, 0.99) == 2);
  CHECK(held_out_of(2, 0.5) == 1);
  CHECK_THROWS_WITH_AS(held_out_of(1, 0.5), doctest::Contains("a retain source: has 1 document; at least two"), Error);
}

TEST_CASE("survey: equal documents have equal hashes, and those of the held-out are known") {
  std::vector<std::string> texts = numbered_texts("text", 40);
  texts[7] = texts[31];
  const Survey found = surveyed(texts, 0.3);
  REQUIRE(found.hashes.size() == 40);
  for (std::size_t i = 0; i < 40; ++i)
    for (std::size_t j = 0; j < 40; ++j) CHECK((found.hashes[i] == found.hashes[j]) == (texts[i] == texts[j]));
  std::unordered_set<std::uint64_t> held_out;
  for (std::size_t i = 0; i < 40; ++i)
    if (found.held_out[i]) held_out.insert(found.hashes[i]);
  CHECK(found.held_out_hashes == held_out);
  CHECK(found.bytes == 9 * 6 + 31 * 7);  // "text 0" has 6 bytes, "text 10" has 7
}

TEST_CASE("survey: words are counted in all documents, held out or not, and over sources") {
  WordCounts words{{"one", 1000}};
  std::vector<std::string> texts(300, "one two two");
  for (const char* name : {"retain", "forget"}) survey({name, name, giving_texts(texts)}, PrepareConfig{}, &words);
  CHECK(words == WordCounts{{"one", 1600}, {" two", 1200}});
}

TEST_CASE("survey: of 2^20 different words those that occur once are dropped, and if that is no help, below 8 times") {
  constexpr std::int64_t most = 1 << 20;
  WordCounts words;
  words.reserve(most);
  for (std::int64_t i = 0; i < most - 4; ++i) words[std::to_string(i)] = 7;
  words["eight"] = 8;
  const auto read = [&](const std::vector<std::string>& texts) {
    survey({"retain", "a", giving_texts(texts)}, PrepareConfig{}, &words);
    return static_cast<std::int64_t>(words.size());
  };
  CHECK(read({"once", "twice", "twice"}) == most - 1);  // still room
  CHECK(read({"new", "twice"}) == most - 2);            // "once" and "new" are gone
  CHECK_FALSE(words.contains("once"));
  CHECK(words.at("twice") == 3);
  CHECK(read({"twice", " b b c c d d"}) == 1);  // three more words, and none occurs once
  CHECK(words.at("eight") == 8);
}
