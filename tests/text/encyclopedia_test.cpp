#include "text/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"
#include "tests/support/held_out_texts.hpp"
#include "tests/support/made_up_documents.hpp"
#include "tests/support/temporary_folder.hpp"
#include "text/article.hpp"
#include "text/dataset.hpp"
#include "text/prepare.hpp"
#include "text/raw_data.hpp"

using namespace sgtm;

namespace {

const World& whole_world() {
  static const World drawn = make_world({}, read_encyclopedia(fs::path(SGTM_SOURCE) / "data" / "encyclopedia"));
  return drawn;
}

/// A file of a field of five attributes, the first four of two values each.
std::string field_file(const std::string& name, int attributes = 5) {
  std::string text =
      "# a comment\nfield " + name + "\n\n  names Al, New Be + la\npronouns It, This thing\nopen {name} is.\n";
  for (int a = 0; a < attributes; ++a) {
    const std::string n = std::to_string(a);
    text +=
        "attribute a" + n + "\nvalues x" + n + ", y and z\n- {It} has {value} as " + n + ".\n? {name} of " + n + "\n";
  }
  return text;
}

/// What is wrong with these files of an encyclopedia; empty if nothing is.
std::string refusal(const std::map<std::string, std::string>& files) {
  const TemporaryFolder folder("fields");
  for (const auto& [name, text] : files) write_file(folder / name, text);
  try {
    read_encyclopedia(folder.path);
    return "";
  } catch (const Error& e) {
    return e.what();
  }
}

std::string replaced(std::string text, const std::string& old, const std::string& now) {
  REQUIRE(text.find(old) != std::string::npos);
  return text.replace(text.find(old), old.size(), now);
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("encyclopedia: at least twelve fields, those of the paper among them, each with questions") {
  CHECK(whole_world().fields.size() >= 12);
  for (const char* field :
       {"biology", "medicine", "chemistry", "earth", "military", "history", "biography", "transportation"})
    CHECK_NOTHROW(whole_world().field(field));
  for (const Field& field : whole_world().fields)
    for (const Attribute& attribute : field.attributes) CHECK(attribute.questions.size() == 3);
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
      {"field astronomy", "! astronomy", "line 1: '!' begins no line"},
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

TEST_CASE("encyclopedia: a field's file is read into what it says, and files in the order of their names") {
  const TemporaryFolder folder("read");
  write_file(folder / "b.txt", field_file("first"));
  write_file(folder / "c.txt",
             "field second\nnames Va Vo + ra ro ri\npronouns They\nopen {name} were.\nopen Here are {name}.\n"
             "attribute owner\nvalues @first\n- {name} is of {value}.\n- The {value} of {it}.\n? {name} belongs to\n"
             "? The owner of {name} is\n" +
                 field_file("second", 4).substr(field_file("second", 0).size()));
  write_file(folder / "a.md", "no field");
  const std::vector<Field> fields = read_encyclopedia(folder.path);
  REQUIRE(fields.size() == 2);
  const Field &first = fields[0], &second = fields[1];
  CHECK(first.name == "first");
  CHECK(first.starts == Strings{"Al", "New Be"});
  CHECK(first.ends == Strings{"la"});
  CHECK(first.pronouns == Strings{"It", "This thing"});
  CHECK(first.openings == Strings{"{name} is."});
  REQUIRE(first.attributes.size() == 5);
  CHECK(first.attributes[3].name == "a3");
  CHECK(first.attributes[3].values == Strings{"x3", "y and z"});
  CHECK(first.attributes[3].link == "");
  CHECK(first.attributes[3].wordings == Strings{"{It} has {value} as 3."});
  CHECK(first.attributes[3].questions == Strings{"{name} of 3"});
  CHECK(second.name == "second");
  CHECK(second.starts == Strings{"Va", "Vo"});
  CHECK(second.ends == Strings{"ra", "ro", "ri"});
  CHECK(second.openings == Strings{"{name} were.", "Here are {name}."});
  REQUIRE(second.attributes.size() == 5);
  CHECK(second.attributes[0].values.empty());
  CHECK(second.attributes[0].link == "first");
  CHECK(second.attributes[0].wordings == Strings{"{name} is of {value}.", "The {value} of {it}."});
  CHECK(second.attributes[0].questions == Strings{"{name} belongs to", "The owner of {name} is"});
}

TEST_CASE("encyclopedia: fields have 5 to 8 attributes, all their parts, names of their own, and links to others") {
  const auto one = [](const std::string& text) { return refusal({{"a.txt", text}}); };
  const std::string good = field_file("stones");
  for (const int attributes : {5, 8}) CHECK(one(field_file("stones", attributes)) == "");
  for (const int attributes : {4, 9})
    CHECK(one(field_file("stones", attributes)).ends_with("a.txt: has no 5 to 8 attributes."));
  const std::tuple<const char*, const char*, const char*> rows[] = {
      {"field stones\n", "", "has no line 'field'"},
      {"names Al, New Be + la\n", "", "has no line 'names'"},
      {"names Al, New Be + la\n", "names Al, New Be\n", "line 4: names need two lists"},
      {"names Al, New Be + la\n", "names Al + la + le\n", "line 4: names need two lists"},
      {"pronouns It, This thing\n", "", "has no line 'pronouns'"},
      {"open {name} is.\n", "", "has no line 'open'"},
      {"open {name} is.\n", "open It is.\n", "line 6: needs {name}"},
      {"open {name} is.\n", "open {name} is.\nvalues a, b\n", "line 7: 'values' comes before any 'attribute'"},
      {"open {name} is.\n", "open {name} is.\nvalues @a\n", "line 7: 'values' comes before any 'attribute'"},
      {"open {name} is.\n", "open {name} is.\n- {It} has {value}.\n", "line 7: '-' comes before any 'attribute'"},
      {"open {name} is.\n", "open {name} is.\n? {name} has\n", "line 7: '?' comes before any 'attribute'"},
      {"values x4, y and z\n", "values x4\n", "has no two values for the attribute a4"},
      {"values x4, y and z\n", "", "has no two values for the attribute a4"},
      {"- {It} has {value} as 4.\n", "", "has no wording, a line with -, for the attribute a4"},
      {"? {name} of 4\n", "", "has no question, a line with ?, for the attribute a4"},
      {"- {It} has {value} as 4.\n", "- A {value} for {it}.\n- A {value} for {name}.\n", "{name}.' stands here twice"},
      {"? {name} of 4\n", "? {name} has\n", "asks nothing new"},
      {"values x4, y and z\n", "values @stones\n", "the attribute a4 of stones needs another field"}};
  for (const auto& [old, now, why] : rows) {
    const std::string error = one(replaced(good, old, now));
    CAPTURE(error);
    CHECK(error.find(why) != std::string::npos);
  }
  for (const char* wording : {"{it} is said to have {value}", "{name} is said to have {value}"})
    CHECK(one(replaced(good, "{It} has {value} as 4", wording)) == "");
  CHECK(refusal({{"a.txt", good}, {"b.txt", field_file("trees")}}) == "");
  CHECK(refusal({{"a.txt", good}, {"b.txt", good}}).find("'stones' stands here twice") != std::string::npos);
  CHECK(refusal({{"a.md", good}}).find("holds no field") != std::string::npos);
}

TEST_CASE("encyclopedia: a word more or less anywhere in a field's file is another encyclopedia") {
  const auto read = [](const std::string& text) {
    const TemporaryFolder folder("word");
    write_file(folder / "a.txt", text);
    write_file(folder / "b.txt", field_file("others"));
    write_file(folder / "c.txt", field_file("thirds"));
    return fingerprint(read_encyclopedia(folder.path));
  };
  const std::string good = replaced(field_file("stones"), "values x3, y and z", "values @others");
  std::set<std::string> seen{read(good)};
  CHECK(seen.contains(read(good)));
  const std::pair<const char*, const char*> rows[] = {{"field stones", "field stone"},
                                                      {"names Al", "names Ala"},
                                                      {"+ la", "+ le"},
                                                      {"This thing", "This one"},
                                                      {"{name} is.", "{name} was."},
                                                      {"attribute a4", "attribute b4"},
                                                      {"x4, y", "x, y"},
                                                      {"@others", "@thirds"},
                                                      {"values x4, y and z", "values @others"},
                                                      {"has {value} as 4", "has {value} at 4"},
                                                      {"{name} of 4", "{name} of four"}};
  for (const auto& [old, now] : rows) seen.insert(read(replaced(good, old, now)));
  CHECK(seen.size() == 1 + std::size(rows));
}

TEST_CASE(
    "encyclopedia: each source has the articles of its fields, in proportion to their entities, and says of what") {
  EncyclopediaConfig of;
  of.world = {25, 0.75, 3};  // 3 entities in the first field, astronomy, 2 in each of the eleven others
  of.articles = 501;
  of.forget = {"biology"}, of.adjacent = {"medicine", "astronomy"};
  const RawData made = make_encyclopedia(of);
  const World world = make_world(of.world, read_encyclopedia(fs::path(SGTM_SOURCE) / "data" / "encyclopedia"));
  std::map<std::string, std::vector<int>> fields{{"forget", {world.field("biology")}},
                                                 {"adjacent", {world.field("astronomy"), world.field("medicine")}}};
  std::vector<std::string> source_of(world.fields.size(), "retain");
  for (const auto& [source, numbers] : fields)
    for (const int f : numbers) source_of[static_cast<std::size_t>(f)] = source;
  for (std::size_t f = 0; f < source_of.size(); ++f)
    if (source_of[f] == "retain") fields["retain"].push_back(static_cast<int>(f));
  const std::map<std::string, std::size_t> articles{
      {"retain", 360}, {"adjacent", 100}, {"forget", 40}};  // 18, 5, 2 of 25
  REQUIRE(made.sources.size() == 3);
  for (std::size_t s = 0; s < 3; ++s) {
    const SourceDocuments& source = made.sources[s];
    CHECK(source.name == std::vector{"retain", "adjacent", "forget"}[s]);
    const std::vector<Document> documents = all_of(source.documents);
    REQUIRE(documents.size() == articles.at(source.name));
    std::set<int> kinds;
    for (std::size_t i = 0; i < documents.size(); ++i) {
      const Article article = make_article(world, fields.at(source.name), 3, i);
      CHECK(documents[i].text == article.text);
      CHECK(documents[i].log_probability == article.log_probability);
      CHECK(documents[i].where == "article " + std::to_string(i));
      CHECK(documents[i].kind == article.told.front().field);
      kinds.insert(documents[i].kind);
    }
    CHECK(kinds == std::set<int>(fields.at(source.name).begin(), fields.at(source.name).end()));
    CHECK(source.first_words == first_words(world, fields.at(source.name)));
  }
  CHECK(questions_text(made.questions) == questions_text(ask(world, source_of)));
  CHECK(made.sources[1].description ==
        "100 made-up articles on astronomy, medicine, of 25 entities, 0.75 of the facts told elsewhere too, seed 3, "
        "words " +
            fingerprint(world.fields));
  of.adjacent.clear();
  CHECK(make_encyclopedia(of).sources.size() == 2);
  CHECK(make_encyclopedia(of).sources[1].name == "forget");
  CHECK(EncyclopediaConfig{}.articles == 20000);
}

TEST_CASE("encyclopedia: every source has two articles, and there is something to forget and to retain") {
  EncyclopediaConfig config;
  config.world.entities = 24, config.forget = {"biology"};
  config.articles = 24;  // of which biology has 2
  CHECK_NOTHROW(make_encyclopedia(config));
  config.articles = 23;
  CHECK_THROWS_WITH_AS(make_encyclopedia(config), doctest::Contains("--articles 23: leaves forget with fewer than two"),
                       Error);
  for (const Field& field : whole_world().fields)
    if (field.name != "biology") config.adjacent.push_back(field.name);
  CHECK_THROWS_WITH_AS(make_encyclopedia(config), doctest::Contains("no field is left to retain"), Error);
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
