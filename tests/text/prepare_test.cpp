#include "text/prepare.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "tests/support/held_out_texts.hpp"
#include "tests/support/temporary_folder.hpp"
#include "text/dataset.hpp"
#include "text/stories.hpp"
#include "text/strings.hpp"

using namespace sgtm;

namespace {

/// Documents "word 0 of document 3 ..." of the given number of words.
std::string numbered_documents(int documents, int words, const std::string& word) {
  std::string text;
  for (int d = 0; d < documents; ++d) {
    for (int w = 0; w < words; ++w) text += word + std::to_string((d * 31 + w * 7) % 50) + (w + 1 < words ? " " : "");
    text += "\n<|endoftext|>\n";
  }
  return text;
}

}  // namespace

TEST_CASE("prepare: every document is in one part, whole, and the same files give the same bits") {
  const TemporaryFolder folder("prepare");
  write_file(folder / "a.txt", numbered_documents(40, 12, "apple"));
  write_file(
      folder / "b.jsonl",
      "{\"text\": \"una manzana roja\"}\n\n{\"id\": 2, \"text\": \"dos peras\\nverdes\"}\n{\"text\": \"tres uvas\"}\n");
  PrepareConfig config;
  config.vocabulary = 300;
  config.held_out = 0.1;
  const std::vector<SourceDocuments> sources{{"retain", "a", documents_of({folder / "a.txt"}), {}},
                                             {"forget", "b", documents_of({folder / "b.jsonl"}), {}}};
  for (const char* out : {"one", "two"}) {
    config.out = folder / out;
    prepare(config, sources);
  }
  for (const char* file :
       {"data.json", "train.retain.safetensors", "held_out.forget.safetensors", "vocab.json", "merges.txt"})
    CHECK(read_file(folder / "one" / file) == read_file(folder / "two" / file));
  const Dataset data = read_dataset(folder / "one");
  const Tokenizer tokenizer = Tokenizer::read(folder / "one");
  CHECK(data.parts.at("retain").train->documents() == 36);
  CHECK(data.parts.at("retain").held_out->documents() == 4);
  CHECK(data.parts.at("forget").train->documents() == 2);
  CHECK_FALSE(data.parts.at("retain").floor.has_value());
  std::vector<std::string> texts = texts_of(tokenizer, *data.parts.at("retain").train);
  for (const std::string& text : texts_of(tokenizer, *data.parts.at("retain").held_out)) texts.push_back(text);
  std::vector<std::string> expected;
  for (const std::string& document : split(read_file(folder / "a.txt"), "\n<|endoftext|>\n"))
    if (!document.empty()) expected.push_back(document);
  std::sort(texts.begin(), texts.end()), std::sort(expected.begin(), expected.end());
  CHECK(texts == expected);
}

TEST_CASE("prepare: long documents are split at white space into pieces that fit, or cut") {
  const TemporaryFolder folder("long");
  write_file(folder / "a.txt",
             numbered_documents(3, 200, "pear") + std::string(400, 'x') + "\n<|endoftext|>\nshort one\n");
  PrepareConfig config;
  config.vocabulary = 300;
  config.context = 32;
  config.out = folder / "split";
  config.held_out = 0.2;
  const std::vector<SourceDocuments> sources{{"retain", "a", documents_of({folder / "a.txt"}), {}}};
  prepare(config, sources);
  const Tokenizer tokenizer = Tokenizer::read(config.out);
  const Dataset data = read_dataset(config.out);
  std::string all;
  for (const auto* file : {data.parts.at("retain").train.get(), data.parts.at("retain").held_out.get()}) {
    for (Index d = 0; d < file->documents(); ++d) {
      CHECK(file->length(d) <= 32);
      CHECK(file->length(d) >= 3);
    }
    for (const std::string& text : texts_of(tokenizer, *file)) {
      if (text[0] != 'x' && !text.starts_with("short") && !text.starts_with("pear")) CHECK(text[0] == ' ');
      all += text;
    }
  }
  // Nothing is lost: the letters of all documents are there.
  const std::string original = read_file(folder / "a.txt");
  CHECK(std::count(all.begin(), all.end(), 'x') == 400 + 0);
  CHECK(std::count(all.begin(), all.end(), 'p') == 600);
  config.out = folder / "cut";
  config.cut_long = true;
  prepare(config, sources);
  const Dataset cut = read_dataset(config.out);
  CHECK(cut.parts.at("retain").train->documents() + cut.parts.at("retain").held_out->documents() == 5);
  for (Index d = 0; d < cut.parts.at("retain").train->documents(); ++d)
    CHECK(cut.parts.at("retain").train->length(d) <= 32);
}

TEST_CASE(
    "prepare: stories' floor is minus log p(text given its first token) per predicted token; held-out stories never "
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

TEST_CASE("prepare: bad text is told by file and place") {
  const TemporaryFolder folder("bad");
  const auto refused = [&](const char* file, const std::string& contents, const char* why) {
    write_file(folder / file, contents);
    PrepareConfig config;
    config.out = folder / "data";
    config.vocabulary = 300;
    CHECK_THROWS_WITH_AS(prepare(config, {{"retain", file, documents_of({folder / file}), {}}}), doctest::Contains(why),
                         Error);
    CHECK_FALSE(fs::exists(folder / "data" / "data.json"));
    CHECK_FALSE(fs::exists(folder / "data" / "train.retain.safetensors"));
  };
  refused("empty.txt", "", "holds no text");
  refused("blank.txt", "\n\n<|endoftext|>\n  \n", "holds no text");
  refused("one.txt", "only one document\n", "at least two are needed");
  refused("latin.txt", "good line\nse\xf1or\n", "latin.txt: byte 12 is not valid UTF-8");
  refused("lines.jsonl", "{\"text\": \"a b c\"}\n{\"title\": \"d\"}\n", "lines.jsonl, line 2: no \"text\" field");
  refused("broken.jsonl", "{\"text\": \"a b c\"\n", "broken.jsonl, line 1: no \"text\" field");
  refused("token.txt", "a long first document\n<|endoftext|>\nx\n<|endoftext|>\nanother document\n",
          "document 2: has one token");
  refused("same.txt", "twice the same\n<|endoftext|>\ntwice the same\n", "nothing is left to train on");
  PrepareConfig config;
  config.held_out = 1;
  CHECK_THROWS_WITH_AS(prepare(config, {}), doctest::Contains("--held-out 1"), Error);
  config.held_out = std::nan("");
  CHECK_THROWS_WITH_AS(prepare(config, {}), doctest::Contains("--held-out nan"), Error);
}

TEST_CASE("documents: a byte order mark is not text") {
  const TemporaryFolder folder("mark");
  write_file(folder / "a.txt", "\xEF\xBB\xBF<|endoftext|>\none text\n");
  std::vector<std::string> texts;
  documents_of({folder / "a.txt"})([&](std::vector<Document>& block) {
    for (const Document& document : block) texts.push_back(document.text);
  });
  CHECK(texts == std::vector<std::string>{"one text"});
}

TEST_CASE("dataset: damaged token files are refused") {
  const TemporaryFolder folder("damaged");
  write_file(folder / "a.txt", numbered_documents(20, 9, "fig"));
  PrepareConfig config;
  config.vocabulary = 300;
  config.out = folder / "data";
  prepare(config, {{"retain", "a", documents_of({folder / "a.txt"}), {}}});
  CHECK_THROWS_WITH_AS(prepare(config, {}), doctest::Contains("holds a data set already"), Error);
  const Dataset data = read_dataset(config.out);
  std::vector<int> tokens;
  CHECK_THROWS_WITH_AS(data.parts.at("retain").train->append(0, 10, tokens), doctest::Contains("has the token"), Error);
  const std::string bytes = read_file(config.out / "train.retain.safetensors");
  write_file(config.out / "train.retain.safetensors", bytes.substr(0, bytes.size() - 8));
  CHECK_THROWS_AS(read_dataset(config.out), Error);
  write_file(config.out / "train.retain.safetensors", bytes);
  const std::string facts = read_file(config.out / "data.json");
  auto shorter = nlohmann::json::parse(facts);
  shorter["context"] = 4;
  write_file(config.out / "data.json", shorter.dump());
  CHECK_THROWS_WITH_AS(read_dataset(config.out), doctest::Contains("longer than its context"), Error);
  write_file(config.out / "data.json", facts);
  std::string disordered = bytes;
  disordered[bytes.size() - 16] = 0;
  write_file(config.out / "train.retain.safetensors", disordered);
  CHECK_THROWS_WITH_AS(read_dataset(config.out), doctest::Contains("out of order"), Error);
  CHECK_THROWS_WITH_AS(read_dataset(folder.path), doctest::Contains("holds no data set"), Error);
}
