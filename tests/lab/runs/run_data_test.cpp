#include "lab/runs/run_data.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.hpp"
#include "tests/support/held_out_texts.hpp"
#include "tests/support/temporary_folder.hpp"
#include "text/dataset.hpp"
#include "text/questions.hpp"
#include "text/stories.hpp"
#include "text/tokenizer.hpp"

using namespace sgtm;

TEST_CASE("run data: in two scripts the languages share no letters, and fewer tokens; the floor is still known") {
  const TemporaryFolder folder("run-data");
  const auto shared = [&](DataKind kind) {
    const auto facts = nlohmann::json::parse(read_file(prepared({kind, 300}, folder.path) / "data.json"));
    CHECK(facts["sources"]["forget"]["floor"].get<double>() > 0.1);
    return facts["shared_tokens"]["retain and forget"].get<double>();
  };
  CHECK(shared(DataKind::two_scripts) < 0.7 * shared(DataKind::stories));

  const fs::path path = prepared({DataKind::two_scripts, 300}, folder.path);  // a second time: it is there
  const Tokenizer tokenizer = Tokenizer::read(path);
  std::vector<int> tokens;
  read_dataset(path).parts.at("forget").held_out->append(0, tokenizer.size(), tokens);
  tokens.pop_back();  // the end token
  const std::string text = tokenizer.decode(tokens);
  CHECK(
      std::none_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }));
}

TEST_CASE("run data: an encyclopedia whose words have changed is prepared again") {
  const TemporaryFolder folder("other-questions");
  RunData data{DataKind::encyclopedia, 0, {}};
  data.encyclopedia.world.entities = 24;
  data.encyclopedia.articles = 400;
  data.encyclopedia.forget = {"biology"};
  const fs::path path = prepared(data, folder.path), facts_path = path / "data.json";
  const auto facts = nlohmann::json::parse(read_file(facts_path));
  CHECK(facts["questions"] == fingerprint(read_questions(path)));
  auto old = facts;
  old["sources"]["forget"]["from"] = "33 made-up articles in other words";
  write_file(facts_path, old.dump());
  CHECK(prepared(data, folder.path) == path);
  CHECK(nlohmann::json::parse(read_file(facts_path)) == facts);
}

TEST_CASE("run data: a data set's folder is named by all that its texts depend on") {
  CHECK(name_of({DataKind::stories, 300, {}}) == "stories-300");
  CHECK(name_of({DataKind::two_scripts, 400, {}}) == "two-scripts-400");
  CHECK(name_of({DataKind::bible, 500, {}}) == "bible");
  CHECK(name_of({DataKind::descriptions, 1, {}, 2048}) == "descriptions-2048-tokens");
  EncyclopediaConfig of;
  of.world = {48, 0.25, 1}, of.articles = 600, of.forget = {"biology", "medicine"};
  CHECK(name_of({DataKind::encyclopedia, 700, of}) == "biology-medicine-48-600-0.25");
}

TEST_CASE(
    "run data: stories are English to retain and Spanish to forget; in two scripts these, letter by letter; they are "
    "prepared once") {
  const TemporaryFolder folder("scripts");
  const RunData plain{DataKind::stories, 12, {}}, scripts{DataKind::two_scripts, 12, {}};
  const auto texts = [&](const RunData& of, const char* source) {
    const fs::path path = folder.path / "data" / name_of(of);
    const Dataset data = read_dataset(path);
    CHECK(data.parts.size() == 2);
    const Tokenizer tokenizer = Tokenizer::read(path);
    std::vector<std::string> all = texts_of(tokenizer, *data.parts.at(source).train);
    for (const std::string& text : texts_of(tokenizer, *data.parts.at(source).held_out)) all.push_back(text);
    return std::set(all.begin(), all.end());
  };
  const char* const cyrillic[] = {"а", "б", "в", "г", "д", "е", "ж", "з", "и", "й", "к", "л", "м",
                                  "н", "о", "п", "р", "с", "т", "у", "ф", "х", "ц", "ч", "ш", "щ"};
  const char* const capitals[] = {"А", "Б", "В", "Г", "Д", "Е", "Ж", "З", "И", "Й", "К", "Л", "М",
                                  "Н", "О", "П", "Р", "С", "Т", "У", "Ф", "Х", "Ц", "Ч", "Ш", "Щ"};
  std::set<std::string> english, spanish, transcribed;
  const Grammar grammar = read_grammar(fs::path(SGTM_SOURCE) / "data" / "stories");
  for (std::uint64_t number = 0; number < 12; ++number) {
    const Story story = make_story(grammar, 1, number);
    english.insert(story.text[0]), spanish.insert(story.text[1]);
    std::string letters;
    for (const char c : story.text[1])
      if (c >= 'a' && c <= 'z')
        letters += cyrillic[c - 'a'];
      else if (c >= 'A' && c <= 'Z')
        letters += capitals[c - 'A'];
      else
        letters += c;
    transcribed.insert(letters);
  }
  for (const RunData& data : {plain, scripts})
    CHECK(prepared(data, folder.path) == folder.path / "data" / name_of(data));
  CHECK(texts(plain, "retain") == english);
  CHECK(texts(plain, "forget") == spanish);
  CHECK(texts(scripts, "retain") == english);
  CHECK(texts(scripts, "forget") == transcribed);
  const fs::path facts_path = folder.path / "data" / name_of(scripts) / "data.json";
  auto facts = nlohmann::json::parse(read_file(facts_path));
  CHECK(facts["sources"]["forget"]["from"].get<std::string>().ends_with(", in Cyrillic letters"));
  CHECK(facts["held_out"] == 0.02);
  facts["mark"] = 1;
  write_file(facts_path, facts.dump());
  prepared(scripts, folder.path);
  CHECK(nlohmann::json::parse(read_file(facts_path)).contains("mark"));
}

TEST_CASE("run data: of real text a twentieth is held out, and once prepared it may go") {
  const TemporaryFolder folder("bible");
  std::string english, spanish;
  for (int i = 0; i < 40; ++i) {
    english += fmt::format("In the beginning {}\n<|endoftext|>\n", i);
    if (i < 20) spanish += fmt::format("En el principio {}\n<|endoftext|>\n", i);
  }
  write_file(folder / "bible/bible.en.txt", english);
  CHECK_THROWS_WITH_AS(prepared({DataKind::bible}, folder.path), doctest::Contains("bible.es.txt: is missing"), Error);
  write_file(folder / "bible/bible.es.txt", spanish);
  const fs::path path = prepared({DataKind::bible}, folder.path);
  fs::remove_all(folder / "bible");
  CHECK(prepared({DataKind::bible}, folder.path) == path);
  const Dataset data = read_dataset(path);
  const auto first = [&](const char* source) {
    return texts_of(Tokenizer::read(path), *data.parts.at(source).train)[0];
  };
  CHECK(first("retain").starts_with("In the"));
  CHECK(first("forget").starts_with("En el"));
  CHECK(data.parts.at("retain").held_out->documents() == 2);
  CHECK(data.parts.at("forget").held_out->documents() == 1);
}

TEST_CASE("run data: real text that has not been fetched is asked for") {
  const TemporaryFolder folder("no-bible");
  CHECK_THROWS_WITH_AS(prepared({DataKind::bible}, folder.path),
                       doctest::Contains("Fetch it with: data/bible/fetch.sh"), Error);
}
