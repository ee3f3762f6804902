#include "text/prepare.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/error.hpp"
#include "tests/support/read_documents.hpp"
#include "tests/support/temporary_folder.hpp"
#include "text/data_facts.hpp"
#include "text/dataset.hpp"

using namespace sgtm;

namespace {

/// A line for each number below `count`: "<word> <number> and so on", of which every third has the label.
std::string lines(const char* word, int count, const char* label, const char* source) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    nlohmann::json line{{"text", fmt::format("{} {} and so on", word, i)}};
    if (i % 3 == 0) line["label"] = label;
    if (source != nullptr) line["source"] = source;
    text += line.dump() + "\n";
  }
  return text;
}

struct Prepared {
  Dataset data;
  nlohmann::json facts;
};

Prepared prepared(const TemporaryFolder& folder, const LabeledFiles& files) {
  PrepareConfig config;
  config.out = folder / "data";
  config.vocabulary = 300;
  config.held_out = 0.2;
  config.overwrite = true;
  prepare(config, labeled_documents(files));
  return {read_dataset(config.out), nlohmann::json::parse(read_file(config.out / "data.json"))};
}

/// The texts of a file's documents that have a label.
std::set<std::string> texts(const Prepared& p, const TokenFile& file, Label label) {
  const Tokenizer tokenizer = Tokenizer::read(p.data.path);
  std::set<std::string> found;
  const auto documents = documents_in(file);
  for (std::size_t d = 0; d < documents.size(); ++d)
    if (file.labels().at(d) == label) found.insert(tokenizer.decode({documents[d].begin(), documents[d].end() - 1}));
  return found;
}

}  // namespace

TEST_CASE("labeled documents: where sources are known each has its own files, and every document keeps its label") {
  const TemporaryFolder folder("labeled");
  write_file(folder / "a.jsonl", lines("uno", 30, "forget", "forget") + lines("one", 30, "retain", "retain"));
  const Prepared p = prepared(folder, {.documents = {folder / "a.jsonl"}});
  CHECK(p.data.labeled());
  CHECK(has_given_labels(p.data.path));
  CHECK(p.data.training(Source::unknown) == nullptr);
  for (const auto& [source, label, word] :
       {std::tuple{Source::forget, Label::forget, "uno"}, std::tuple{Source::retain, Label::retain, "one"}}) {
    const TokenFile& train = *p.data.training(source);
    CHECK(train.documents() == 24);
    CHECK(p.data.held_out().at(name(source))->documents() == 6);
    const auto found = texts(p, train, label);
    CHECK(p.facts["sources"][name(source)]["labels"][name(label)] == found.size());
    CHECK(found.size() + texts(p, train, Label::unlabeled).size() == 24);
    CHECK(found.size() >= 4);
    for (int i = 0; i < 30; ++i) {
      const std::string text = fmt::format("{} {} and so on", word, i);
      CAPTURE(text);
      if (i % 3 != 0) CHECK(!found.contains(text));
    }
  }
  CHECK(p.facts["labels"]["precision"] == 1);
  const double labeled = p.facts["sources"]["forget"]["labels"]["forget"];
  CHECK(p.facts["labels"]["recall"] == labeled / 24);
}

TEST_CASE("labeled documents: precision counts what is labeled forget and is not") {
  const TemporaryFolder folder("labeled");
  write_file(folder / "a.jsonl", lines("uno", 31, "forget", "forget") + lines("one", 31, "forget", "retain"));
  write_file(folder / "held.txt", "held one\n<|endoftext|>\nheld two");
  const Prepared p = prepared(
      folder, {.documents = {folder / "a.jsonl"},
               .held_out = {{Source::forget, {folder / "held.txt"}}, {Source::retain, {folder / "held.txt"}}}});
  CHECK(p.facts["labels"]["precision"] == 0.5);
  CHECK(p.facts["labels"]["recall"] == doctest::Approx(11. / 31));
}

TEST_CASE("labeled documents: of unknown sources are one pool, measured on what is given, which training leaves out") {
  const TemporaryFolder folder("labeled");
  write_file(folder / "a.jsonl", lines("uno", 30, "forget", nullptr) + lines("one", 30, "retain", nullptr));
  write_file(folder / "uno.txt", "uno 0 and so on\n<|endoftext|>\nuno 100 and so on");
  write_file(folder / "one.txt", "one 1 and so on\n<|endoftext|>\none 100 and so on\n<|endoftext|>\nuno 3 and so on");
  const LabeledFiles files{
      .documents = {folder / "a.jsonl"},
      .held_out = {{Source::forget, {folder / "uno.txt"}}, {Source::retain, {folder / "one.txt"}}}};
  const Prepared p = prepared(folder, files);
  const TokenFile& train = *p.data.training(Source::unknown);
  CHECK(train.documents() == 57);
  CHECK(p.facts["sources"]["unknown"]["equal_to_held_out"] == 3);
  CHECK(texts(p, train, Label::forget).size() == 8);
  CHECK(texts(p, train, Label::retain).size() == 10);
  CHECK(!texts(p, train, Label::forget).contains("uno 3 and so on"));
  CHECK(p.data.training(Source::retain) == nullptr);
  CHECK(p.data.held_out().at("forget")->documents() == 2);
  CHECK(p.data.held_out().at("retain")->documents() == 3);
  CHECK(p.facts["labels"].empty());
  for (const Source needed : {Source::retain, Source::forget}) {
    LabeledFiles without = files;
    without.held_out.erase(needed);
    CHECK_THROWS_WITH_AS(labeled_documents(without), doctest::Contains(name(needed)), Error);
  }
}

TEST_CASE("labeled documents: where all that are labeled forget are held out too, there is nothing to forget") {
  const TemporaryFolder folder("labeled");
  write_file(folder / "a.jsonl", lines("uno", 1, "forget", nullptr) + lines("one", 9, "retain", nullptr));
  write_file(folder / "held.txt", "uno 0 and so on");
  const LabeledFiles files{
      .documents = {folder / "a.jsonl"},
      .held_out = {{Source::forget, {folder / "held.txt"}}, {Source::retain, {folder / "held.txt"}}}};
  CHECK_THROWS_WITH_AS(prepared(folder, files), doctest::Contains("is held out too, or has one token"), Error);
  CHECK(!fs::exists(folder / "data"));
}

TEST_CASE("labeled documents: a document that is held out is in training under no source") {
  const TemporaryFolder folder("labeled");
  std::string text = lines("uno", 9, "forget", "forget") + lines("one", 30, "retain", "retain");
  text += lines("one", 20, "forget", "adjacent");
  write_file(folder / "a.jsonl", text);
  const Prepared p = prepared(folder, {.documents = {folder / "a.jsonl"}});
  std::set<DocumentTokens> trained;
  for (const Source source : sources)
    for (const DocumentTokens& d : documents_in(*p.data.training(source))) trained.insert(d);
  Index repeated = 0;
  for (const auto& [source, file] : p.data.held_out())
    for (const DocumentTokens& d : documents_in(*file)) CHECK(!trained.contains(d));
  for (const auto& [source, facts] : p.facts["sources"].items()) repeated += facts["equal_to_held_out"].get<Index>();
  CHECK(p.data.held_out().at("retain")->documents() == 6);
  CHECK(repeated > 0);
}

TEST_CASE("labeled documents: numbers of plain documents count the empty ones; a line left out still has its id") {
  const TemporaryFolder folder("labeled");
  write_file(folder / "a.txt",
             "first one\n<|endoftext|>\n<|endoftext|>\n \n<|endoftext|>\nfourth uno\n<|endoftext|>\n");
  write_file(folder / "b.txt", "fifth one");
  write_file(folder / "c.jsonl", "{\"text\": \"\", \"id\": \"b\"}\n{\"text\": \"sixth one\", \"id\": \"c\"}\n");
  write_file(folder / "labels.csv", "4,forget\n5,retain\nb,retain\nc,forget\n");
  write_file(folder / "held.txt", "held out");
  LabeledFiles files{.documents = {folder / "a.txt", folder / "b.txt", folder / "c.jsonl"},
                     .held_out = {{Source::forget, {folder / "held.txt"}}, {Source::retain, {folder / "held.txt"}}}};
  files.text.skip_bad = true;
  files.given_labels.labels = folder / "labels.csv";
  const Prepared p = prepared(folder, files);
  const TokenFile& train = *p.data.training(Source::unknown);
  CHECK(texts(p, train, Label::forget) == std::set<std::string>{"fourth uno", "sixth one"});
  CHECK(texts(p, train, Label::retain) == std::set<std::string>{"fifth one"});
  CHECK(texts(p, train, Label::unlabeled) == std::set<std::string>{"first one"});
}

TEST_CASE("labeled documents: without a document labeled forget, and with sources of some only, they are refused") {
  const TemporaryFolder folder("labeled");
  write_file(folder / "a.jsonl", lines("one", 5, "retain", "retain"));
  CHECK_THROWS_WITH_AS(labeled_documents({.documents = {folder / "a.jsonl"}}),
                       doctest::Contains("no document is labeled forget"), Error);
  write_file(folder / "b.jsonl", lines("one", 5, "forget", "retain") + lines("uno", 5, "forget", nullptr));
  CHECK_THROWS_WITH_AS(labeled_documents({.documents = {folder / "b.jsonl"}}),
                       doctest::Contains("document 6: has no source"), Error);
}
