#include "text/article.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "tests/support/article_reading.hpp"
#include "text/questions.hpp"
#include "text/strings.hpp"

using namespace sgtm;
using namespace article_reading;

namespace {

std::vector<Field> tiny_fields() {
  const Attribute color{"color", {"red", "blue"}, "", {"{It} is {value}.", "See {value} in {it}."}, {"{name} has"}};
  const Attribute size{"size", {"big", "small"}, "", {"The size of {name} is {value}."}, {"As {name} is"}};
  const Attribute owner{"owner", {}, "stones", {"{name} belongs to {value}."}, {"{name} is of"}};
  const Attribute age{"age", {"old", "young"}, "", {"{It} is {value}."}, {"{name} has become"}};
  return {{"stones", {"Ba", "Co"}, {"la"}, {"It"}, {"{name} is old."}, {color, size}},
          {"trees", {"Du", "Fe"}, {"ra"}, {"It"}, {"{name} is here."}, {owner, age}}};
}

/// Three stones and two trees that belong to stones. Trees tell two facts of stone 0, one of stone 1, whose other fact
/// a third field tells, and none of stone 2.
World five_entities() {
  std::vector<Field> fields = tiny_fields();
  fields[0].pronouns = {"It", "This stone"};
  fields[0].openings = {"{name} is old.", "Look at {name}."};
  return {fields,
          {{{"Bala", {{0, 1}, {1, 1}}}, {"Cola", {{1, 1}, {0, 2}}}, {"Dila", {{0, -1}, {1, 0}}}},
           {{"Dura", {{0, -1}, {1, -1}}}, {"Fera", {{1, -1}, {0, -1}}}}}};
}

int times(const std::string& text, const std::string& what) {
  int found = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++found;
  return found;
}

/// Whether `part` of `all` is a share of p, give or take 5 standard deviations.
void check_share(int part, int all, double p) {
  CAPTURE(part);
  CAPTURE(all);
  CAPTURE(p);
  CHECK(std::abs(part - p * all) < 5 * std::sqrt(p * (1 - p) * all));
}

}  // namespace

TEST_CASE("article: what an article states is true, and only that is stated") {
  for (std::uint64_t number = 0; number < 200; ++number) {
    const Article article = make_article(world(), all_fields(), 5, number);
    CAPTURE(article.text);
    std::size_t at = 0;
    for (const FactPlace& told : article.told) {
      const std::string truth = world().value(told.field, told.entity, told.attribute);
      const std::size_t found = said_at(article, told, truth, at);
      REQUIRE(found != std::string::npos);
      // Another value of the attribute may stand later, where "it" is the second entity, but not before.
      for (const std::string& value : world().values(told.field, told.attribute))
        if (value != truth) CHECK(said_at(article, told, value, at) > found);
      at = found + 1;
    }
    const auto sentences = std::count(article.text.begin(), article.text.end(), '.');
    const auto openings = sentences - static_cast<std::ptrdiff_t>(article.told.size());
    CHECK(openings == 2);
  }
}

TEST_CASE("article: the facts that an article tells can be read off its text alone") {
  for (std::uint64_t number = 0; number < 60; ++number) {
    const Article article = make_article(world(), all_fields(), 6, number);
    CAPTURE(article.text);
    std::vector<FactPlace> read;
    Who subject{};
    for (std::string sentence : split(article.text, ". ")) {
      if (!sentence.ends_with(".")) sentence += ".";
      CAPTURE(sentence);
      if (const auto opened = opened_by(sentence)) {
        subject = *opened;
        continue;
      }
      const std::set<FactPlace> told = told_by(sentence, subject);
      REQUIRE(told.size() == 1);
      read.push_back(*told.begin());
    }
    CHECK(read == article.told);
  }
}

TEST_CASE("article: after a sentence about another entity the name stands, for 'it' would be the other") {
  int after_another = 0;
  for (std::uint64_t number = 0; number < 300; ++number) {
    const Article article = make_article(world(), {world().field("medicine")}, 7, number);
    std::vector<std::string> sentences;  // that tell a fact
    for (const std::string& sentence : split(article.text, ". "))
      if (!sentence.ends_with("is an illness") && !sentence.starts_with("Doctors have long"))
        sentences.push_back(sentence);
    REQUIRE(sentences.size() == article.told.size());
    for (std::size_t i = 1; i < sentences.size(); ++i) {
      const FactPlace &last = article.told[i - 1], &now = article.told[i];
      if (last.field == now.field || world().fields[static_cast<std::size_t>(now.field)].name != "medicine") continue;
      if (article.told[i - 2].entity != now.entity) continue;  // an opening stands between
      ++after_another;
      CAPTURE(article.text);
      CHECK(sentences[i].find(world().entity(now.field, now.entity).name) != std::string::npos);
    }
  }
  CHECK(after_another > 100);
}

TEST_CASE("article: no article has a question's wording") {
  std::string all;
  for (std::uint64_t number = 0; number < 500; ++number) all += make_article(world(), all_fields(), 1, number).text;
  const Questions questions = ask(world(), std::vector<std::string>(world().fields.size(), "retain"));
  for (const Question& q : questions.questions) CHECK(all.find(q.prompt) == std::string::npos);
  for (const Field& field : world().fields)
    for (const Attribute& a : field.attributes)
      for (const std::string& question : a.questions)
        for (const std::string& saying : sayings(field, a, "{name}", "x")) CHECK_FALSE(saying.starts_with(question));
}

TEST_CASE("article: a field's facts are told elsewhere only where they should be") {
  std::map<FactPlace, int> told_by_others;
  const int biology = world().field("biology");
  for (const int field : all_fields()) {
    for (std::uint64_t number = 0; number < 1000; ++number) {
      for (const FactPlace& told : make_article(world(), {field}, 2, number).told) {
        const Fact& fact = world()
                               .entities[static_cast<std::size_t>(told.field)][static_cast<std::size_t>(told.entity)]
                               .facts[static_cast<std::size_t>(told.attribute)];
        if (told.field != field) CHECK(fact.teller == field);
        if (told.field == biology && field != biology) ++told_by_others[told];
      }
    }
  }
  // Half of the facts, and every one of them: fields are equally large, so that each entity is linked to.
  const std::size_t facts = world().entities[static_cast<std::size_t>(biology)].size() * 6;
  CHECK(told_by_others.size() == facts / 2);
}

TEST_CASE("article: seeds draw worlds and articles, the same every time") {
  const auto fields = read_encyclopedia(fs::path(SGTM_SOURCE) / "data" / "encyclopedia");
  const World again = make_world({}, fields), other = make_world({240, 0.5, 2}, fields);
  CHECK(make_article(again, {0}, 1, 7).text == make_article(world(), {0}, 1, 7).text);
  CHECK(make_article(world(), {0}, 1, 8).text != make_article(world(), {0}, 1, 7).text);
  CHECK(make_article(other, {0}, 1, 7).text != make_article(world(), {0}, 1, 7).text);
}

TEST_CASE("article: the probabilities of all articles of a tiny world sum to 1, each text having one") {
  const World tiny = make_world({4, 1, 1}, tiny_fields());
  for (const int field : {0, 1}) {
    std::map<std::string, double> probability, frequency;
    constexpr int drawn = 60000;
    for (std::uint64_t number = 0; number < drawn; ++number) {
      const Article article = make_article(tiny, {field}, 3, number);
      const double p = std::exp(article.log_probability);
      const auto [known, is_new] = probability.emplace(article.text, p);
      if (known->second != doctest::Approx(p).epsilon(1e-12)) FAIL(article.text);
      frequency[article.text] += 1.0 / drawn;
    }
    double sum = 0;
    std::map<std::string, double> first;
    for (const auto& [text, p] : probability) {
      sum += p;
      first[text.substr(0, text.find(' '))] += p;
      if (std::abs(frequency[text] - p) > 6 * std::sqrt(p / drawn)) FAIL(text);
    }
    CHECK(sum == doctest::Approx(1).epsilon(1e-9));
    const auto told = first_words(tiny, {field});
    CHECK(told.size() == first.size());
    for (const auto& [word, p] : first) CHECK(told.at(word) == doctest::Approx(p).epsilon(1e-9));
  }
  double first = 0;
  for (const auto& [word, p] : first_words(tiny, {0, 1})) first += p;
  CHECK(first == doctest::Approx(1));
}

TEST_CASE(
    "article: it is about two different entities of one field, every two of them equally often, first and second") {
  const World five = five_entities();
  constexpr int drawn = 4000;
  std::map<std::vector<Who>, int> pairs;
  for (std::uint64_t number = 0; number < drawn; ++number) {
    const Article article = make_article(five, {0, 1}, 4, number);
    std::vector<Who> about;
    for (const FactPlace& told : article.told)  // of other fields' entities it tells in passing
      if (told.field == article.told.front().field)
        if (const Who who{told.field, told.entity}; about.empty() || about.back() != who) about.push_back(who);
    REQUIRE(about.size() == 2);
    ++pairs[about];
  }
  CHECK(pairs.size() == 3 * 2 + 2 * 1);
  // A first entity is each of the five; a second is each of the field's others.
  for (const auto& [pair, count] : pairs) check_share(count, drawn, 0.2 * (pair[0].first == 0 ? 0.5 : 1));
}

TEST_CASE("article: openings, wordings, subjects, the first fact and whether one is left out are equally likely") {
  const World five = five_entities();
  int articles = 0, all_facts = 0, color_first = 0, look = 0, named = 0, it = 0, this_stone = 0, in_name = 0, in_it = 0;
  for (std::uint64_t number = 0; number < 4000; ++number) {
    const Article article = make_article(five, {0}, 5, number);
    ++articles;
    CHECK(article.told.size() >= 2);
    all_facts += article.told.size() == 4;
    color_first += article.told[0].attribute == 0;
    look += times(article.text, "Look at ");
    it += times(article.text, ". It is red") + times(article.text, ". It is blue");
    this_stone += times(article.text, ". This stone is red") + times(article.text, ". This stone is blue");
    named += times(article.text, "la is red") + times(article.text, "la is blue");
    in_it += times(article.text, " in this stone.");
    in_name += times(article.text, "la.") - times(article.text, "Look at ");
  }
  check_share(all_facts, articles, 0.25);
  check_share(color_first, articles, 0.5);
  check_share(look, 2 * articles, 0.5);
  const int as_subject = named + it + this_stone, within = in_name + in_it;
  for (const int subject : {named, it, this_stone}) check_share(subject, as_subject, 1.0 / 3);
  check_share(in_it, within, 0.5);
  check_share(as_subject, as_subject + within, 0.5);
  check_share(as_subject + within, 2 * articles, 0.75);  // the color is told, or the one fact that is left out
}

TEST_CASE("article: behind a link to another field's entity follows one of the facts that this field tells of it") {
  const World five = five_entities();
  int of_two = 0, color = 0, of_one = 0, of_none = 0;
  for (std::uint64_t number = 0; number < 2000; ++number) {
    // Of the trees' field with each tree's owner in turn.
    World with = five;
    with.entities[1][0].facts[0].value = static_cast<int>(number % 3);
    const Article article = make_article(with, {1}, 6, number);
    for (std::size_t i = 0; i < article.told.size(); ++i) {
      const FactPlace& link = article.told[i];
      if (link.field != 1) {
        REQUIRE(i > 0);
        CHECK(article.told[i - 1].field == 1);
        CHECK(article.told[i - 1].attribute == 0);
        continue;
      }
      if (link.attribute != 0) continue;
      const int stone = with.entity(1, link.entity).facts[0].value;
      const bool follows = i + 1 < article.told.size() && article.told[i + 1].field == 0;
      CHECK(follows == (stone != 2));
      of_none += stone == 2;
      if (!follows) continue;
      const FactPlace& next = article.told[i + 1];
      CHECK(next.entity == stone);
      CHECK(with.entity(0, stone).facts[static_cast<std::size_t>(next.attribute)].teller == 1);
      of_two += stone == 0, of_one += stone == 1;
      color += stone == 0 && next.attribute == 0;
    }
    // Stones go by their names here, though they have pronouns.
    CHECK(article.text.find("stone") == std::string::npos);
  }
  CHECK(of_none > 100);
  CHECK(of_one > 100);
  check_share(color, of_two, 0.5);
}

TEST_CASE("article: 'it' may follow a link of which nothing more is told") {
  World five = five_entities();
  for (Entity& tree : five.entities[1]) tree.facts[0].value = 2;  // a stone of which trees tell nothing
  int named = 0, it = 0;
  for (std::uint64_t number = 0; number < 500; ++number) {
    const std::string text = make_article(five, {1}, 8, number).text;
    it += times(text, "belongs to Dila. It is");
    named += times(text, "belongs to Dila. Dura is old") + times(text, "belongs to Dila. Dura is young") +
             times(text, "belongs to Dila. Fera is old") + times(text, "belongs to Dila. Fera is young");
  }
  CHECK(it > 50);
  check_share(it, it + named, 0.5);
}

TEST_CASE("article: each first word is as likely as its entities and openings together") {
  const World five = five_entities();
  using Words = std::map<std::string, double>;
  const auto close = [](const Words& found, const Words& expected) {
    REQUIRE(found.size() == expected.size());
    for (const auto& [word, p] : expected) CHECK(found.at(word) == doctest::Approx(p).epsilon(1e-12));
  };
  close(first_words(five, {0, 1}),
        {{"Bala", 0.1}, {"Cola", 0.1}, {"Dila", 0.1}, {"Look", 0.3}, {"Dura", 0.2}, {"Fera", 0.2}});
  close(first_words(five, {1}), {{"Dura", 0.5}, {"Fera", 0.5}});
}

TEST_CASE("article: seed, number, fields and world each make another text") {
  const World five = five_entities();
  const auto texts = [](const World& of, const std::vector<int>& fields, std::uint64_t seed, std::uint64_t first) {
    std::string all;
    for (std::uint64_t number = first; number < first + 5; ++number) all += make_article(of, fields, seed, number).text;
    return all;
  };
  const std::string base = texts(five, {0}, 1, 0);
  CHECK(texts(five, {0}, 1, 0) == base);
  CHECK(texts(five, {0}, 2, 0) != base);
  CHECK(texts(five, {0}, 1, 5) != base);
  CHECK(texts(five, {1}, 1, 0) != base);
  CHECK(filled("{name} and {name}: {value}, {value}", "a", "b") == "a and a: b, b");
  CHECK(filled("{name} has {value}", "a") == "a has ");
}
