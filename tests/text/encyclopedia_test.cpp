#include "text/encyclopedia.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include "core/error.hpp"
#include "tests/support/held_out_texts.hpp"
#include "tests/support/temporary_folder.hpp"
#include "text/article.hpp"
#include "text/dataset.hpp"
#include "text/encyclopedia_documents.hpp"
#include "text/prepare.hpp"
#include "text/strings.hpp"

using namespace sgtm;

namespace {

const World& world() {
  static const World drawn = make_world({}, read_encyclopedia(fs::path(SGTM_SOURCE) / "data" / "encyclopedia"));
  return drawn;
}

std::vector<int> all_fields() {
  std::vector<int> fields(world().fields.size());
  for (std::size_t f = 0; f < fields.size(); ++f) fields[f] = static_cast<int>(f);
  return fields;
}

/// Every way in which an article can say that an attribute of an entity has this value.
std::set<std::string> sayings(const Field& field, const Attribute& attribute, const std::string& name,
                              const std::string& value) {
  std::string within = field.pronouns.back();
  within[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(within[0])));
  std::vector<std::string> subjects = field.pronouns;
  subjects.push_back(name);
  std::set<std::string> all;
  for (const std::string& wording : attribute.wordings)
    for (const std::string& subject : subjects)
      for (const std::string& inner : {name, within})
        all.insert(filled(replace_all(replace_all(wording, "{It}", subject), "{it}", inner), name, value));
  return all;
}

/// Where, from `from` on, an article first says that the told fact has this value; npos where it does not.
std::size_t said_at(const Article& article, const FactPlace& told, const std::string& value, std::size_t from) {
  const Field& field = world().fields[static_cast<std::size_t>(told.field)];
  const std::string& name =
      world().entities[static_cast<std::size_t>(told.field)][static_cast<std::size_t>(told.entity)].name;
  std::size_t first = std::string::npos;
  for (const std::string& saying :
       sayings(field, field.attributes[static_cast<std::size_t>(told.attribute)], name, value))
    first = std::min(first, article.text.find(" " + saying, from));
  return first;
}

using Who = std::pair<int, int>;  // field, entity

std::vector<Who> named_in(const std::string& sentence) {
  std::vector<Who> named;
  for (const int f : all_fields())
    for (std::size_t e = 0; e < world().entities[static_cast<std::size_t>(f)].size(); ++e)
      if (sentence.find(world().entity(f, static_cast<int>(e)).name) != std::string::npos)
        named.emplace_back(f, static_cast<int>(e));
  return named;
}

/// Whom the sentences after an opening are about; nothing where the sentence is no opening.
std::optional<Who> opened_by(const std::string& sentence) {
  for (const auto& [f, e] : named_in(sentence))
    for (const std::string& opening : world().fields[static_cast<std::size_t>(f)].openings)
      if (sentence == filled(opening, world().entity(f, e).name)) return Who{f, e};
  return {};
}

/// Every true fact that the sentence can be read as, "it" being the subject. Fails where one would be false.
std::set<FactPlace> told_by(const std::string& sentence, const Who& subject) {
  std::set<FactPlace> told;
  std::vector<Who> about = named_in(sentence);
  about.push_back(subject);
  for (const auto& [f, e] : about) {
    const Field& field = world().fields[static_cast<std::size_t>(f)];
    for (std::size_t a = 0; a < field.attributes.size(); ++a)
      for (const std::string& value : world().values(f, static_cast<int>(a)))
        if (sayings(field, field.attributes[a], world().entity(f, e).name, value).contains(sentence)) {
          CHECK(value == world().value(f, e, static_cast<int>(a)));
          told.insert({f, e, static_cast<int>(a)});
        }
  }
  return told;
}

std::vector<Field> tiny_fields() {
  const Attribute color{"color", {"red", "blue"}, "", {"{It} is {value}.", "See {value} in {it}."}, {"{name} has"}};
  const Attribute size{"size", {"big", "small"}, "", {"The size of {name} is {value}."}, {"As {name} is"}};
  const Attribute owner{"owner", {}, "stones", {"{name} belongs to {value}."}, {"{name} is of"}};
  const Attribute age{"age", {"old", "young"}, "", {"{It} is {value}."}, {"{name} has become"}};
  return {{"stones", {"Ba", "Co"}, {"la"}, {"It"}, {"{name} is old."}, {color, size}},
          {"trees", {"Du", "Fe"}, {"ra"}, {"It"}, {"{name} is here."}, {owner, age}}};
}

}  // namespace

TEST_CASE("encyclopedia: at least twelve fields, those of the paper among them, each with questions") {
  CHECK(world().fields.size() >= 12);
  for (const char* field :
       {"biology", "medicine", "chemistry", "earth", "military", "history", "biography", "transportation"})
    CHECK_NOTHROW(world().field(field));
  for (const Field& field : world().fields)
    for (const Attribute& attribute : field.attributes) CHECK(attribute.questions.size() == 3);
}

TEST_CASE("encyclopedia: what an article states is true, and only that is stated") {
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

TEST_CASE("encyclopedia: the facts that an article tells can be read off its text alone") {
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

TEST_CASE("encyclopedia: after a sentence about another entity the name stands, for 'it' would be the other") {
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

TEST_CASE("encyclopedia: articles have 60 to 250 tokens in every field") {
  PrepareConfig config;
  const TemporaryFolder folder("lengths");
  config.out = folder / "data";
  EncyclopediaConfig of;
  of.forget = {"biology"}, of.articles = 2400;
  const RawData made = make_encyclopedia(of);
  prepare(config, made.sources, made.questions);
  const Dataset data = read_dataset(config.out);
  for (const auto& [name, part] : data.parts)
    for (Index d = 0; d < part.train->documents(); ++d) {
      const Index tokens = part.train->length(d) - 1;  // without its end
      if (tokens < 60 || tokens > 250) FAIL(name, ": ", d, " has ", tokens);
    }
  CHECK(is_prepared(config, made.sources));
  std::vector<SourceDocuments> others = made.sources;
  others[0].description += "?";
  CHECK_FALSE(is_prepared(config, others));
}

TEST_CASE("encyclopedia: the floor is minus log p(article given its first token) per predicted token") {
  const TemporaryFolder folder("floor");
  PrepareConfig config;
  config.out = folder / "data";
  config.held_out = 0.1;
  EncyclopediaConfig of;
  of.world.entities = 48, of.forget = {"biology", "medicine"}, of.articles = 600;
  const RawData made = make_encyclopedia(of);
  prepare(config, made.sources, made.questions);
  const Tokenizer tokenizer = Tokenizer::read(config.out);
  const Dataset data = read_dataset(config.out);
  const Dataset::Part& part = data.parts.at("forget");
  const World small = make_world(of.world, read_encyclopedia(fs::path(SGTM_SOURCE) / "data" / "encyclopedia"));
  const std::vector<int> fields{small.field("biology"), small.field("medicine")};
  std::map<std::string, double> log_probability;
  for (std::uint64_t number = 0; number < 100; ++number) {
    const Article article = make_article(small, fields, of.world.seed, number);
    log_probability[article.text] = article.log_probability;
  }
  const auto held_out = texts_of(tokenizer, *part.held_out);
  CHECK(held_out.size() == 10);
  const double floor = floor_of(held_out, tokenizer, log_probability, first_words(small, fields));
  CHECK(*part.floor == doctest::Approx(floor).epsilon(1e-12));
}

TEST_CASE("encyclopedia: no article has a question's wording") {
  std::string all;
  for (std::uint64_t number = 0; number < 2000; ++number) all += make_article(world(), all_fields(), 1, number).text;
  const Questions questions = ask(world(), std::vector<std::string>(world().fields.size(), "retain"));
  for (const Question& q : questions.questions) CHECK(all.find(q.prompt) == std::string::npos);
  for (const Field& field : world().fields)
    for (const Attribute& a : field.attributes)
      for (const std::string& question : a.questions)
        for (const std::string& saying : sayings(field, a, "{name}", "x")) CHECK_FALSE(saying.starts_with(question));
}

TEST_CASE("encyclopedia: a field's facts are told elsewhere only where they should be") {
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

TEST_CASE("encyclopedia: seeds draw worlds and articles, the same every time") {
  const auto fields = read_encyclopedia(fs::path(SGTM_SOURCE) / "data" / "encyclopedia");
  const World again = make_world({}, fields), other = make_world({240, 0.5, 2}, fields);
  CHECK(make_article(again, {0}, 1, 7).text == make_article(world(), {0}, 1, 7).text);
  CHECK(make_article(world(), {0}, 1, 8).text != make_article(world(), {0}, 1, 7).text);
  CHECK(make_article(other, {0}, 1, 7).text != make_article(world(), {0}, 1, 7).text);
}

TEST_CASE("encyclopedia: the probabilities of all articles of a tiny world sum to 1, each text having one") {
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

TEST_CASE("encyclopedia: a field's file that can't be right is refused with file and line, or with what it lacks") {
  const std::string good = read_file(fs::path(SGTM_SOURCE) / "data" / "encyclopedia" / "astronomy.txt");
  const TemporaryFolder folder("encyclopedia");
  const auto said = [&](const std::string& old, const std::string& now) -> std::string {
    REQUIRE(good.find(old) != std::string::npos);
    std::string text = good;
    write_file(folder.path / "astronomy.txt", text.replace(text.find(old), old.size(), now));
    write_file(folder.path / "biography.txt", read_file(fs::path(SGTM_SOURCE) / "data/encyclopedia/biography.txt"));
    for (const char* linked : {"military", "medicine", "biology", "chemistry"})
      write_file(folder.path / (std::string(linked) + ".txt"),
                 read_file(fs::path(SGTM_SOURCE) / "data/encyclopedia" / (std::string(linked) + ".txt")));
    try {
      read_encyclopedia(folder.path);
      return "";
    } catch (const Error& e) {
      return e.what();
    }
  };
  struct Row {
    std::string old, now, says;
  };
  const Row rows[] = {
      {"field astronomy", "fields astronomy", "line 1: 'fields' begins no line"},
      {"field astronomy", "field", "line 1: nothing follows 'field'"},
      {"names Al", "names Al Al", "'Al' stands here twice"},
      {"values the Plough,", "values the Plough, ,", "nothing stands between two commas"},
      {"values the Plough,", "values the Harp,", "'the Harp' stands here twice"},
      {"attribute light", "attribute fate", "'fate' stands here twice"},
      {"open Astronomers often observe {name}.", "open {name} is a star.", "'{name} is a star.' stands here twice"},
      {"- {It} gives {value}.", "- {It} shines with {value}.", "'{name} shines with {value}.' stands here twice"},
      {"- {It} gives {value}.", "- {name} shines with {value}.", "'{name} shines with {value}.' stands here twice"},
      {"- {It} gives {value}.", "- {It} gives light.", "needs {value}"},
      {"- {It} gives {value}.", "- One sees {value}.", "needs {It} or {it} or {name}"},
      {"? {name} is a star that shines with", "? {name} shines with", "asks nothing new"},
      {"? {name} is a star that shines with", "? It shines with", "needs {name}"},
      {"values @biography", "values @heraldry", "needs another field that is called heraldry"},
      {"pronouns It, This star", "", "has no line 'pronouns'"},
  };
  CHECK(said("field astronomy", "field astronomy") == "");
  for (const Row& row : rows) {
    CAPTURE(row.says);
    const std::string error = said(row.old, row.now);
    CAPTURE(error);
    CHECK(error.find(row.says) != std::string::npos);
    CHECK(error.find(folder.path.string()) == 0);
  }
  CHECK_THROWS_WITH_AS(read_encyclopedia(folder.path / "none"), doctest::Contains("there is no such folder"), Error);
}

TEST_CASE("encyclopedia: a word more in a field's file is another encyclopedia") {
  std::vector<Field> fields = tiny_fields();
  const std::string before = fingerprint(fields);
  CHECK(fingerprint(tiny_fields()) == before);
  fields[0].attributes[0].questions[0] += " now";
  CHECK(fingerprint(fields) != before);
}

TEST_CASE("encyclopedia: a context too short for a question is refused before anything is written") {
  const TemporaryFolder folder("encyclopedia");
  EncyclopediaConfig of;
  of.forget = {"biology"}, of.world.entities = 24, of.articles = 240;
  const RawData made = make_encyclopedia(of);
  PrepareConfig config;
  config.out = folder.path / "data";
  config.context = 14;
  CHECK_THROWS_WITH_AS(prepare(config, made.sources, made.questions), doctest::Contains("--context 14: the question"),
                       Error);
  CHECK_FALSE(fs::exists(config.out));
}

TEST_CASE("encyclopedia: what can't be is refused, and says why") {
  EncyclopediaConfig config;
  config.forget = {"alchemy"};
  CHECK_THROWS_WITH_AS(make_encyclopedia(config), doctest::Contains("there are astronomy, biography, biology"), Error);
  config.forget = {"biology"}, config.adjacent = {"medicine", "biology"};
  CHECK_THROWS_WITH_AS(make_encyclopedia(config), doctest::Contains("biology is named as forget and as adjacent"),
                       Error);
  config.forget.clear(), config.adjacent.clear();
  CHECK_THROWS_WITH_AS(make_encyclopedia(config), doctest::Contains("no field is left to forget"), Error);
  config.forget = {"biology"};
  config.world.entities = 20;
  CHECK_THROWS_WITH_AS(make_encyclopedia(config), doctest::Contains("needs at least 24"), Error);
  config.world.entities = 5000;
  CHECK_THROWS_WITH_AS(make_encyclopedia(config), doctest::Contains("has names for 144"), Error);
  config.world = {240, 1.5, 1};
  CHECK_THROWS_WITH_AS(make_encyclopedia(config), doctest::Contains("--entanglement 1.5"), Error);
}
