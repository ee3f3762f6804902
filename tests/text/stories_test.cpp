#include "text/stories.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <set>

#include "core/error.hpp"
#include "tests/support/held_out_texts.hpp"
#include "tests/support/made_up_documents.hpp"
#include "tests/support/temporary_folder.hpp"
#include "text/dataset.hpp"
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
  check_one_derivation(0, 2);
}

TEST_SUITE("slow") {
  TEST_CASE("stories: each of many texts has one derivation") {
    check_one_derivation(2, 60);
  }
}

TEST_CASE("stories: both languages make the same choices, in every way of every beat") {
  // make_story draws a choice when either language first asks; Spanish must find all of them made by English.
  for (std::uint64_t number = 0; number < 1500; ++number) {
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

TEST_CASE("stories: more than 10^12 of them, and no two of 5000 alike") {
  double entropy = 0;  // the number of stories is at least exp(entropy)
  std::set<std::string> seen;
  const std::uint64_t stories = 5000;
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
  std::map<std::string, double> counts[2];
  constexpr int stories = 3000;
  for (std::uint64_t number = 0; number < stories; ++number) {
    const Story story = make_story(grammar(), 3, number);
    for (const std::size_t side : {0u, 1u}) counts[side][story.text[side].substr(0, story.text[side].find(' '))] += 1;
  }
  for (const Language language : languages) {
    const auto probabilities = first_words(grammar(), language);
    double total = 0;
    for (const auto& [word, probability] : probabilities) total += probability;
    CHECK(total == doctest::Approx(1));
    for (const auto& [first, count] : counts[static_cast<std::size_t>(language)]) {
      const std::string& word = first;
      CAPTURE(word);
      REQUIRE(probabilities.contains(word));
      const double p = probabilities.at(word), deviation = std::sqrt(p * (1 - p) * stories);
      CHECK(std::abs(count - p * stories) < 5 * deviation + 1);
    }
  }
}

namespace {

/// Two plots in files whose names are in the other order; the first has roles, a maybe, a like, and calls.
struct SmallGrammar {
  TemporaryFolder folder{"small-grammar"};
  Grammar grammar;
  SmallGrammar() {
    write_file(folder / "lexicon.txt",
               "[child] name\nAda | Adela f\nEve | Eva f\nTom | Tomás m\n"
               "[pet] name\nRex | Rey m\nMia | Mía f\nZoe | Zoa f\n");
    write_file(folder / "phrases.txt",
               "# a comment\nrule said\n- {who} ran | {who} corrió\n- {who.he/she} laughed | {who.él/ella} rió\n"
               "rule color\n- red | rojo\n- blue | azul\n");
    write_file(folder / "plots/z.txt", "plot colors\nbeat\n- <color> and <color>. | <color>, <color>.\n");
    write_file(folder / "plots/a.txt",
               "plot two children\nx: child\ny: child\n# pets have a child's gender\np: pet like y\n"
               "beat\n- {y} met {x}.\n  {x} vio a {y}.\n"
               "maybe\n- <said who=y>. | <said who=y>.\n- They played. | Jugaron.\n"
               "beat\n- {p}! | ¡{p}!\n");
    write_file(folder / "plots/notes.md", "no plot");
    grammar = read_grammar(folder.path);
  }
};

using Told = std::map<std::pair<std::string, std::string>, double>;  // both texts, and their probability

/// What the small grammar tells, by hand.
Told told_by_hand() {
  Told told;
  for (const auto& [one, uno] : {std::pair{"Red", "Rojo"}, {"Blue", "Azul"}})
    for (const auto& [two, dos] : {std::pair{"red", "rojo"}, {"blue", "azul"}})
      told[{std::string(one) + " and " + two + ".", std::string(uno) + ", " + dos + "."}] = 0.5 * 0.25;
  struct Name {
    std::string english, spanish;
    bool feminine;
  };
  const Name children[] = {{"Ada", "Adela", true}, {"Eve", "Eva", true}, {"Tom", "Tomás", false}};
  const Name pets[] = {{"Rex", "Rey", false}, {"Mia", "Mía", true}, {"Zoe", "Zoa", true}};
  for (const Name& a : children)
    for (const Name& b : children)
      for (const Name& p : pets) {
        if (a.english == b.english || b.feminine != p.feminine) continue;
        const double each = 0.5 / 6 / (p.feminine ? 2 : 1);
        const std::string begin = b.english + " met " + a.english + ". ", end = p.english + "!",
                          comienzo = a.spanish + " vio a " + b.spanish + ". ", fin = "¡" + p.spanish + "!";
        told[{begin + end, comienzo + fin}] = each / 2;
        told[{begin + "They played. " + end, comienzo + "Jugaron. " + fin}] = each / 4;
        told[{begin + b.english + " ran. " + end, comienzo + b.spanish + " corrió. " + fin}] = each / 8;
        told[{begin + (b.feminine ? "She" : "He") + " laughed. " + end,
              comienzo + (b.feminine ? "Ella" : "Él") + " rió. " + fin}] = each / 8;
      }
  return told;
}

}  // namespace

TEST_CASE("stories: a small grammar tells just what can be worked out by hand, each as often as its probability says") {
  const SmallGrammar small;
  const Told expected = told_by_hand();
  Told told;
  constexpr int stories = 20000;
  for (std::uint64_t number = 0; number < stories; ++number) {
    const Story story = make_story(small.grammar, 3, number);
    const std::pair texts{story.text[0], story.text[1]};
    CAPTURE(texts.first);
    CAPTURE(texts.second);
    REQUIRE(expected.contains(texts));
    if (std::abs(std::exp(story.log_probability) / expected.at(texts) - 1) > 1e-12) FAIL("another probability");
    const bool colors = texts.first.find(" and ") != std::string::npos;
    REQUIRE(story.kind == (colors ? 1 : 0));
    REQUIRE(story.plot == (colors ? "colors" : "two children"));
    told[texts] += 1;
  }
  CHECK(told.size() == expected.size());
  for (const auto& [texts, p] : expected)
    CHECK(std::abs(told[texts] - p * stories) < 5 * std::sqrt(p * (1 - p) * stories));
}

TEST_CASE("stories: first words have the probabilities of the texts that begin with them") {
  const SmallGrammar small;
  std::map<std::string, double> expected[2];
  for (const auto& [texts, p] : told_by_hand()) {
    expected[0][texts.first.substr(0, texts.first.find(' '))] += p;
    expected[1][texts.second.substr(0, texts.second.find(' '))] += p;
  }
  for (const Language language : languages) {
    const auto found = first_words(small.grammar, language);
    const auto& by_hand = expected[static_cast<std::size_t>(language)];
    REQUIRE(found.size() == by_hand.size());
    for (const auto& [word, p] : by_hand) CHECK(found.at(word) == doctest::Approx(p).epsilon(1e-12));
  }
}

TEST_CASE("stories: a first word is known once another begins behind it, for Spanish may join the two") {
  const TemporaryFolder folder("joined");
  write_file(folder / "lexicon.txt", "[place] noun\npark | parque m\nbeach | playa f\n");
  write_file(folder / "plots/p.txt", "plot p\nx: place\nbeat\n- To {the x} now. | A {el x} ya.\n");
  const Grammar joined = read_grammar(folder.path);
  CHECK(first_words(joined, Language::english) == std::map<std::string, double>{{"To", 1}});
  CHECK(first_words(joined, Language::spanish) == std::map<std::string, double>{{"A", 0.5}, {"Al", 0.5}});
}

TEST_CASE("stories: a change in any of its files is another grammar") {
  const SmallGrammar small;
  std::set<std::string> seen{small.grammar.fingerprint};
  CHECK(seen.contains(read_grammar(small.folder.path).fingerprint));
  for (const char* file : {"lexicon.txt", "phrases.txt", "plots/a.txt", "plots/z.txt"}) {
    write_file(small.folder / file, read_file(small.folder / file) + "# more\n");
    seen.insert(read_grammar(small.folder.path).fingerprint);
  }
  CHECK(seen.size() == 5);
  fs::remove_all(small.folder / "plots");
  CHECK_THROWS_WITH_AS(read_grammar(small.folder.path), doctest::Contains("plots: can't be read"), Error);
}

TEST_CASE("stories: as documents they are those of the seed in the language, and say so") {
  for (const Language language : languages) {
    const auto side = static_cast<std::size_t>(language);
    const SourceDocuments source = story_documents("adjacent", language, 6, 30);
    CHECK(source.name == "adjacent");
    const std::string name = language == Language::english ? "English" : "Spanish";
    CHECK(source.description == "30 " + name + " stories, seed 6, words " + grammar().fingerprint);
    CHECK(source.first_words == first_words(grammar(), language));
    const std::vector<Document> documents = all_of(source.documents);
    REQUIRE(documents.size() == 30);
    for (std::size_t i = 0; i < 30; ++i) {
      const Story story = make_story(grammar(), 6, i);
      CHECK(documents[i].text == story.text[side]);
      CHECK(documents[i].where == "story " + std::to_string(i));
      CHECK(documents[i].log_probability == story.log_probability);
      CHECK(documents[i].kind == story.kind);
    }
  }
}

TEST_CASE(
    "stories: their floor is minus log p(text given its first token) per predicted token; held-out stories never "
    "train") {
  const TemporaryFolder folder("floor");
  PrepareConfig config;
  config.out = folder / "data";
  config.vocabulary = 1000;
  config.held_out = 0.1;
  config.seed = 5;
  prepare(config,
          {story_documents("retain", Language::english, 5, 200), story_documents("forget", Language::spanish, 5, 200)});
  const Tokenizer tokenizer = Tokenizer::read(config.out);
  const Dataset data = read_dataset(config.out);
  const Grammar grammar = read_grammar(fs::path(SGTM_SOURCE) / "data" / "stories");
  for (const Language language : languages) {
    const auto& part = data.parts.at(language == Language::english ? "retain" : "forget");
    std::map<std::string, double> log_probability;
    for (std::uint64_t number = 0; number < 200; ++number) {
      const Story story = make_story(grammar, 5, number);
      log_probability[story.text[static_cast<std::size_t>(language)]] = story.log_probability;
    }
    const auto held_out = texts_of(tokenizer, *part.held_out);
    CHECK(held_out.size() == 20);
    const double floor = floor_of(held_out, tokenizer, log_probability, first_words(grammar, language));
    CHECK(*part.floor == doctest::Approx(floor).epsilon(1e-12));
    for (const std::string& text : texts_of(tokenizer, *part.train))
      CHECK(std::find(held_out.begin(), held_out.end(), text) == held_out.end());
  }
}
