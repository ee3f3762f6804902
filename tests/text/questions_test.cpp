#include "text/questions.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/error.hpp"
#include "tests/support/made_up_documents.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace sgtm;

namespace {

/// Two stones, two trees that belong to them, and a river. Which fields tell a fact too is said by hand.
World made_up() {
  const Attribute color{"color", {"red", "blue", "tan"}, "", {}, {"{name} has", "The stone {name} is"}};
  const Attribute owner{"owner", {}, "stones", {}, {"{name} is of"}};
  const Attribute age{"age", {"old", "young"}, "", {}, {"As {name} is"}};
  return {
      {{"stones", {}, {}, {}, {}, {color}}, {"trees", {}, {}, {}, {}, {owner, age}}, {"rivers", {}, {}, {}, {}, {age}}},
      {{{"Bala", {{2, 1}}}, {"Comi", {{0, 2}}}, {"Dino", {{1, -1}}}},
       {{"Dura", {{1, -1}, {1, 2}}}, {"Fera", {{2, -1}, {0, 0}}}},
       {{"Gola", {{0, -1}}}}}};
}

/// Stones and rivers are of one source, trees of another.
Questions asked() {
  return ask(made_up(), {"retain", "forget", "retain"});
}

using Line = std::tuple<int, std::string, std::string, std::string, std::string, std::string, int>;

std::vector<Line> rows(const Questions& questions) {
  std::vector<Line> all;
  for (const Question& q : questions.questions)
    all.emplace_back(q.fact, q.field, q.attribute, q.source, q.told_also, q.prompt, q.right);
  return all;
}

}  // namespace

TEST_CASE(
    "questions: on every fact, in each wording; the right answer is the world's value, and told_also another source") {
  const Questions questions = asked();
  CHECK(rows(questions) == std::vector<Line>{
                               {0, "stones", "color", "retain", "forget", "Bala has", 2},
                               {0, "stones", "color", "retain", "forget", "The stone Bala is", 2},
                               {1, "stones", "color", "retain", "", "Comi has", 0},  // told by rivers: the same source
                               {1, "stones", "color", "retain", "", "The stone Comi is", 0},
                               {2, "stones", "color", "retain", "", "Dino has", 1},
                               {2, "stones", "color", "retain", "", "The stone Dino is", 1},
                               {3, "trees", "owner", "forget", "", "Dura is of", 1},
                               {4, "trees", "age", "forget", "retain", "As Dura is", 1},
                               {5, "trees", "owner", "forget", "", "Fera is of", 2},
                               {6, "trees", "age", "forget", "retain", "As Fera is", 0},
                               {7, "rivers", "age", "retain", "", "As Gola is", 0},
                           });
  const std::map<std::string, std::vector<std::string>> values{{"stones color", {"red", "blue", "tan"}},
                                                               {"trees owner", {"Bala", "Comi", "Dino"}},
                                                               {"trees age", {"old", "young"}},
                                                               {"rivers age", {"old", "young"}}};
  CHECK(questions.values == values);
  const World world = made_up();
  CHECK(questions.values_of(questions.questions[0])[2] == world.value(0, 0, 0));
  CHECK(questions.values_of(questions.questions[6])[1] == world.value(1, 0, 0));
}

TEST_CASE("questions: those on one source are those on its fields, with all values") {
  const Questions all = asked(), forget = questions_on(all, "forget"), none = questions_on(all, "adjacent");
  CHECK(forget.questions.size() == 4);
  for (const Question& q : forget.questions) CHECK(q.field == "trees");
  CHECK(questions_on(all, "retain").questions.size() == 7);
  CHECK(forget.values == all.values);
  CHECK(none.questions.empty());
}

TEST_CASE("questions: where a fact is told is said in words") {
  CHECK(told_where("") == "told nowhere else");
  CHECK(told_where("retain") == "told also in retain");
}

TEST_CASE("questions: their file names its columns, and comes back as it was") {
  const TemporaryFolder folder("questions");
  CHECK(read_questions(folder.path).questions.empty());
  write_file(folder / "questions.json", questions_text(asked()));
  const Questions again = read_questions(folder.path);
  CHECK(rows(again) == rows(asked()));
  CHECK(again.values == asked().values);
  const auto json = nlohmann::json::parse(questions_text(asked()));
  const nlohmann::json first{{"fact", 0},          {"field", "stones"},     {"attribute", "color"},
                             {"source", "retain"}, {"told_also", "forget"}, {"prompt", "Bala has"},
                             {"right", 2}};
  REQUIRE(json["columns"].size() == first.size());
  for (std::size_t c = 0; c < first.size(); ++c)
    CHECK(json["questions"][0][c] == first[json["columns"][c].get<std::string>()]);
}

TEST_CASE("questions: their fingerprint changes with anything in them, and is empty where there are none") {
  CHECK(fingerprint(Questions{}) == "");
  CHECK(fingerprint(questions_on(asked(), "adjacent")) == "");
  std::set<std::string> seen{fingerprint(asked())};
  CHECK(seen.contains(fingerprint(asked())));
  const auto with = [&](auto change) {
    Questions questions = asked();
    change(questions, questions.questions[3]);
    seen.insert(fingerprint(questions));
  };
  with([](auto&, Question& q) { q.fact = 9; });
  with([](auto&, Question& q) { q.field = "x"; });
  with([](auto&, Question& q) { q.attribute = "x"; });
  with([](auto&, Question& q) { q.source = "x"; });
  with([](auto&, Question& q) { q.told_also = "x"; });
  with([](auto&, Question& q) { q.prompt = "x"; });
  with([](auto&, Question& q) { q.right = 1; });
  with([](Questions& all, auto&) { all.questions.pop_back(); });
  with([](Questions& all, auto&) { all.values["stones color"][2] = "x"; });
  CHECK(seen.size() == 10);
}

TEST_CASE("questions: a damaged file is refused, and one whose right answer is none of the values") {
  const TemporaryFolder folder("damaged-questions");
  const auto with_right = [&](int right) {
    Questions questions = asked();
    questions.questions[3].right = right;
    write_file(folder / "questions.json", questions_text(questions));
  };
  with_right(2);  // the last of three
  CHECK_NOTHROW(read_questions(folder.path));
  const auto refused = [&] {
    CHECK_THROWS_WITH_AS(read_questions(folder.path), doctest::Contains("questions.json: is damaged"), Error);
  };
  with_right(3), refused();
  with_right(-1), refused();
  for (const char* text : {"{", "[]", R"({"values": {}})", R"({"questions": []})",
                           R"({"values": {"a b": ["x"]}, "questions": [[0, "a", "b", "retain", "", "p"]]})",
                           R"({"values": {"a b": ["x"]}, "questions": [[0, "a", "c", "retain", "", "p", 0]]})"}) {
    write_file(folder / "questions.json", text);
    refused();
  }
}

TEST_CASE("questions: the context must hold each question, its longest answer with a full stop, and the end token") {
  const TemporaryFolder folder("fit");
  byte_tokenizer().write(folder / "bytes");
  PrepareConfig config;
  config.tokenizer = folder / "bytes";
  config.out = folder / "data";
  // 6 + 6 + 1 tokens, "Ada is" + " blue." + the end; the other attribute has longer answers and a shorter question.
  const Questions asked{{{"f color", {"red", "blue", "tan"}}, {"f long", {"a value", "x"}}},
                        {{0, "f", "color", "retain", "", "Ada is", 0}, {1, "f", "long", "retain", "", "Ada", 1}}};
  const std::vector<SourceDocuments> given{{"retain", "a", giving_texts({"ab", "cd", "ef"})}};
  config.context = 12;
  CHECK_THROWS_WITH_AS(prepare(config, given, asked), doctest::Contains("--context 12: the question 'Ada is'"), Error);
  CHECK_FALSE(fs::exists(config.out));
  config.context = 13;
  CHECK_NOTHROW(prepare(config, given, asked));
}
