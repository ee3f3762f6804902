#include "text/stories.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <set>

#include "text/strings.hpp"

using namespace sgtm;

namespace {

const Grammar& grammar() {
  static const Grammar stories = read_grammar(fs::path(SGTM_SOURCE) / "data" / "stories");
  return stories;
}

/// How many derivations tell exactly this text: follows every choice that the text so far does not contradict.
int derivations(const std::string& text, Language language) {
  int found = 0;
  Choices choices;
  const std::function<void()> follow = [&] {
    const PartialText told = render(grammar(), language, choices);
    if (told.missing.empty()) {
      found += told.text == text;
      return;
    }
    // Of what is told so far the last word may still change (de el: del), the others not.
    const std::size_t certain = told.text.substr(0, told.text.find_last_not_of(' ') + 1).find_last_of(' ');
    if (certain != std::string::npos && text.compare(0, certain, told.text, 0, certain) != 0) return;
    for (int option = 0; option < told.options; ++option) {
      choices[told.missing] = option;
      follow();
    }
    choices.erase(told.missing);
  };
  follow();
  return found;
}

std::size_t words(const std::string& text) {
  return split(text, " ").size();
}

}  // namespace

TEST_CASE("stories: at least 600 lemmas and 40 plots") {
  std::size_t lemmas = 0;
  for (const auto& [name, category] : grammar().lexicon)
    if (category.kind != LexemeKind::name) lemmas += category.lexemes.size();
  CHECK(lemmas >= 600);
  CHECK(grammar().plots.size() >= 40);
}

TEST_CASE("stories: a number and a seed give the same story again, others give others") {
  const Story story = make_story(grammar(), 7, 3);
  CHECK(make_story(grammar(), 7, 3).text[0] == story.text[0]);
  CHECK(make_story(grammar(), 7, 3).text[1] == story.text[1]);
  CHECK(make_story(grammar(), 7, 4).text[0] != story.text[0]);
  CHECK(make_story(grammar(), 8, 3).text[0] != story.text[0]);
}

void check_one_derivation(std::uint64_t first, std::uint64_t end) {
  for (std::uint64_t number = first; number < end; ++number) {
    const Story story = make_story(grammar(), 1, number);
    for (const Language language : languages) {
      CAPTURE(story.text[static_cast<std::size_t>(language)]);
      CHECK(derivations(story.text[static_cast<std::size_t>(language)], language) == 1);
    }
  }
}

TEST_CASE("stories: a text has one derivation, so its probability is that of the derivation") {
  check_one_derivation(0, 5);
}

TEST_SUITE("slow") {
  TEST_CASE("stories: each of many texts has one derivation") {
    check_one_derivation(5, 60);
  }
}

TEST_CASE("stories: both languages make the same choices, in every way of every beat") {
  // make_story draws a choice when either language first asks; Spanish must find all of them made by English.
  for (std::uint64_t number = 0; number < 3000; ++number) {
    Random random(5, "test", number);
    Choices choices[2];
    for (const Language language : languages) {
      Choices& own = choices[static_cast<std::size_t>(language)];
      if (language == Language::spanish) own = choices[0];
      for (PartialText told = render(grammar(), language, own); !told.missing.empty();
           told = render(grammar(), language, own)) {
        CAPTURE(told.missing);
        CAPTURE(told.text);
        REQUIRE(language == Language::english);
        own[told.missing] = static_cast<int>(random.below(static_cast<std::uint64_t>(told.options)));
      }
    }
  }
}

TEST_CASE("stories: more than 10^12 of them, and no two of 20000 alike") {
  double entropy = 0;  // the number of stories is at least exp(entropy)
  std::set<std::string> seen;
  const std::uint64_t stories = 20000;
  for (std::uint64_t number = 0; number < stories; ++number) {
    const Story story = make_story(grammar(), 2, number);
    entropy -= story.log_probability / static_cast<double>(stories);
    seen.insert(story.text[0]);
    for (const std::string& text : story.text) {
      CHECK(words(text) >= 40);
      CHECK(words(text) <= 150);
      CHECK(text.find_first_of("{}<>|_") == std::string::npos);
      CHECK(text.find("  ") == std::string::npos);
    }
  }
  CHECK(entropy > 12 * std::log(10.0));
  CHECK(seen.size() == stories);
}

TEST_CASE("stories: the probabilities of first words sum to one and match what is told") {
  for (const Language language : languages) {
    const auto probabilities = first_words(grammar(), language);
    double total = 0;
    for (const auto& [word, probability] : probabilities) total += probability;
    CHECK(total == doctest::Approx(1));
    std::map<std::string, double> counts;
    const int stories = 4000;
    for (std::uint64_t number = 0; number < stories; ++number) {
      const std::string text = make_story(grammar(), 3, number).text[static_cast<std::size_t>(language)];
      counts[text.substr(0, text.find(' '))] += 1;
    }
    for (const auto& [first, count] : counts) {
      const std::string& word = first;
      CAPTURE(word);
      REQUIRE(probabilities.contains(word));
      const double p = probabilities.at(word), deviation = std::sqrt(p * (1 - p) * stories);
      CHECK(std::abs(count - p * stories) < 5 * deviation + 1);
    }
  }
}
