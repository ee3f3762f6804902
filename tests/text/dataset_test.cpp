#include "text/dataset.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "tests/support/labeled_stories.hpp"
#include "tests/support/temporary_folder.hpp"
#include "text/questions.hpp"

using namespace sgtm;

namespace {

using Tokens = std::vector<int>;
using Merges = std::vector<std::pair<int, int>>;

constexpr int end_token = 9;

void write_tokens(const fs::path& path, const std::vector<Tokens>& documents, int vocabulary = 20) {
  TokenWriter writer(path, vocabulary, end_token);
  for (const Tokens& document : documents) writer.add(document);
  writer.commit();
}

/// A token file that TokenWriter would not write.
void write_by_hand(const fs::path& path, const std::vector<std::int32_t>& tokens,
                   const std::vector<std::int64_t>& offsets, const std::vector<std::int32_t>& kinds = {}) {
  SafetensorsWriter writer(path);
  const auto add = [&](const char* name, const char* type, const auto& values) {
    writer.begin(name, type);
    writer.write(values.data(), values.size() * sizeof(values[0]));
    writer.end({static_cast<Index>(values.size())});
  };
  add("tokens", "I32", tokens);
  add("offsets", "I64", offsets);
  if (!kinds.empty()) add("kinds", "I32", kinds);
  writer.commit({});
}

/// A data set of two sources, whose documents and floors differ.
void write_dataset(const fs::path& folder) {
  write_tokens(folder / "train.retain.safetensors", {{1, 2, 3}, {1, 2, 3, 4}});
  write_tokens(folder / "held_out.retain.safetensors", {{2, 2}});
  write_tokens(folder / "train.forget.safetensors", {{5, 5}});
  write_tokens(folder / "held_out.forget.safetensors", {{6, 6}, {6, 7, 8, 6, 7, 8}, {7, 7}, {8, 8}});
  const Questions asked{{{"f a", {"x", "y"}}}, {{0, "f", "a", "retain", "", "one", 1}}};
  write_file(folder / "questions.json", questions_text(asked));
  const Tokenizer tokenizer{Merges{}};
  tokenizer.write(folder);
  const nlohmann::json facts{
      {"context", 7},
      {"tokenizer", fmt::format("{:016x}", tokenizer.fingerprint())},
      {"questions", fingerprint(asked)},
      {"sources", {{"retain", {{"from", "a"}, {"floor", 1.25}}}, {"forget", {{"from", "b"}, {"floor", nullptr}}}}}};
  write_file(folder / "data.json", facts.dump());
}

void alter(const fs::path& folder, const std::function<void(nlohmann::json&)>& change) {
  auto facts = nlohmann::json::parse(read_file(folder / "data.json"));
  change(facts);
  write_file(folder / "data.json", facts.dump());
}

}  // namespace

TEST_CASE("dataset: a token file holds documents end to end, each with its end token, and where each begins") {
  const TemporaryFolder folder("tokens");
  const fs::path path = folder / "a.safetensors";
  TokenWriter writer(path, 20, end_token);
  writer.add({5, 6}, 3);
  writer.add({7, 8, 5}, 0);
  writer.add({1, 2, 3, 4}, 2);
  CHECK(writer.documents() == 3);
  CHECK(writer.tokens() == 12);
  CHECK_FALSE(fs::exists(path));
  writer.commit();

  const SafetensorsFile file(path);
  const auto stored = [&](const char* name, const char* type) {
    const auto& entry = file.entry(name);
    CHECK(entry.dtype == type);
    Tokens values(static_cast<std::size_t>(entry.size()));
    file.copy(entry, 0, entry.size(), values.data());
    return values;
  };
  CHECK(stored("tokens", "U16") == Tokens{5, 6, 9, 7, 8, 5, 9, 1, 2, 3, 4, 9});
  CHECK(stored("offsets", "I64") == Tokens{0, 3, 7, 12});
  CHECK(stored("kinds", "I32") == Tokens{3, 0, 2});
  CHECK(file.metadata().at("format") == "sgtm tokens");

  const TokenFile read(path);
  CHECK(read.documents() == 3);
  CHECK(read.tokens() == 12);
  CHECK(read.length(0) == 3);
  CHECK(read.length(1) == 4);
  CHECK(read.length(2) == 5);
  CHECK(read.kinds() == Tokens{3, 0, 2});
  Tokens tokens{99};  // what stands there stays, whatever the vocabulary
  read.append(1, 10, tokens);
  read.append(0, 10, tokens);
  CHECK(tokens == Tokens{99, 7, 8, 5, 9, 5, 6, 9});
}

TEST_CASE("dataset: tokens have 16 bits where the vocabulary allows, else 32") {
  const TemporaryFolder folder("width");
  for (const auto& [vocabulary, type] : {std::pair{1 << 16, "U16"}, {(1 << 16) + 1, "I32"}, {1 << 20, "I32"}}) {
    const fs::path path = folder / "a.safetensors";
    TokenWriter writer(path, vocabulary, vocabulary - 1);
    writer.add({vocabulary - 2, 0, vocabulary - 3});
    writer.add({1, vocabulary - 4});
    writer.commit();
    CHECK(SafetensorsFile(path).entry("tokens").dtype == type);
    Tokens tokens;
    TokenFile(path).append(1, vocabulary, tokens);
    TokenFile(path).append(0, vocabulary, tokens);
    CHECK(tokens == Tokens{1, vocabulary - 4, vocabulary - 1, vocabulary - 2, 0, vocabulary - 3, vocabulary - 1});
  }
}

TEST_CASE("dataset: kinds are written where every document has one, and 0 is one") {
  const TemporaryFolder folder("kinds");
  for (const Tokens& kinds : {Tokens{0, 0}, Tokens{4, 5}, Tokens{-1, 5}, Tokens{5, -1}, Tokens{-1, -1}}) {
    TokenWriter writer(folder / "a.safetensors", 20, end_token);
    for (const int kind : kinds) writer.add({1, 2}, kind);
    writer.commit();
    const bool known = kinds[0] >= 0 && kinds[1] >= 0;
    CHECK(TokenFile(folder / "a.safetensors").kinds() == (known ? kinds : Tokens{}));
  }
}

TEST_CASE("dataset: a token outside the vocabulary is refused when its document is read") {
  const TemporaryFolder folder("vocabulary");
  const fs::path path = folder / "a.safetensors";
  write_by_hand(path, {1, 2, 9, 5, 12, 9, 3, -1, 9}, {0, 3, 6, 9});
  const TokenFile file(path);
  Tokens tokens;
  CHECK_NOTHROW(file.append(0, 10, tokens));
  CHECK_NOTHROW(file.append(1, 13, tokens));
  CHECK_THROWS_WITH_AS(file.append(1, 12, tokens), doctest::Contains("document 1 has the token 12"), Error);
  CHECK_THROWS_WITH_AS(file.append(2, 13, tokens), doctest::Contains("document 2 has the token -1"), Error);
}

TEST_CASE(
    "dataset: labels that data.json does not tell of are refused, and those that it tells of and that are missing") {
  const TemporaryFolder folder("half-labeled");
  const auto all_forget = [](std::size_t) { return Label::forget; };
  const std::vector<SourceDocuments> texts{labeled_stories(Source::retain, Language::english, 20, all_forget),
                                           labeled_stories(Source::forget, Language::spanish, 20, all_forget)};
  PrepareConfig config;
  config.out = folder / "data";
  prepare(config, texts);
  CHECK(read_dataset(config.out).labeled());
  nlohmann::json facts = nlohmann::json::parse(read_file(config.out / "data.json"));
  facts.erase("digest");  // as in data sets of earlier versions
  facts.erase("labels");
  write_file(config.out / "data.json", facts.dump());
  CHECK_THROWS_WITH_AS(read_dataset(config.out), doctest::Contains("the list of labels is not what was prepared"),
                       Error);
  config.out = folder / "unlabeled";
  prepare(config,
          {story_documents("retain", Language::english, 1, 20), story_documents("forget", Language::spanish, 1, 20)});
  facts = nlohmann::json::parse(read_file(config.out / "data.json"));
  facts.erase("digest");
  facts["labels"] = nlohmann::json::object();
  write_file(config.out / "data.json", facts.dump());
  CHECK_THROWS_WITH_AS(read_dataset(config.out), doctest::Contains("the list of labels"), Error);
}

TEST_CASE("dataset: a token file whose offsets or kinds can't be right is refused") {
  const TemporaryFolder folder("offsets");
  const fs::path path = folder / "a.safetensors";
  const std::vector<std::int32_t> tokens{1, 2, 9, 3, 4, 9};
  const auto refused = [&](const std::vector<std::int64_t>& offsets, const std::vector<std::int32_t>& kinds,
                           const char* why) {
    write_by_hand(path, tokens, offsets, kinds);
    CHECK_THROWS_WITH_AS(TokenFile{path}, doctest::Contains(why), Error);
  };
  write_by_hand(path, tokens, {0, 3, 6}, {0, (1 << 20) - 1});
  CHECK(TokenFile(path).kinds() == Tokens{0, (1 << 20) - 1});
  refused({1, 6}, {}, "out of order");
  refused({0, 3}, {}, "out of order");
  refused({0, 3, 7}, {}, "out of order");
  refused({0, 2, 6}, {}, "out of order");
  refused({0, 4, 6}, {}, "out of order");
  refused({0, 6, 3, 6}, {}, "out of order");
  refused({0}, {}, "out of order");
  refused({0, std::numeric_limits<std::int64_t>::max(), 6}, {}, "out of order");
  refused({0, std::numeric_limits<std::int64_t>::min(), 6}, {}, "out of order");
  refused({0, 3, 6}, {1, -1}, "kinds of its documents");
  refused({0, 3, 6}, {1 << 20, 1}, "kinds of its documents");
  refused({0, 3, 6}, {1, 2, 3}, "kinds");
  write_by_hand(path, {}, {0});
  CHECK_THROWS_WITH_AS(TokenFile{path}, doctest::Contains("out of order"), Error);  // no document at all
}

TEST_CASE("dataset: a folder is read as it says: sources, both parts, floors, fingerprints and context") {
  const TemporaryFolder folder("dataset");
  write_dataset(folder.path);
  const Dataset data = read_dataset(folder.path);
  CHECK(data.path == folder.path);
  CHECK(data.context == 7);
  CHECK(data.tokenizer_fingerprint == fmt::format("{:016x}", Tokenizer(Merges{}).fingerprint()));
  CHECK(data.questions == fingerprint(read_questions(folder.path)));
  REQUIRE(data.parts.size() == 2);
  const Dataset::Part &retain = data.parts.at("retain"), &forget = data.parts.at("forget");
  CHECK(retain.train->documents() == 2);
  CHECK(retain.held_out->documents() == 1);
  CHECK(forget.train->documents() == 1);
  CHECK(forget.held_out->documents() == 4);
  Tokens tokens;
  forget.train->append(0, 20, tokens);
  CHECK(tokens == Tokens{5, 5, 9});
  CHECK(retain.floor == 1.25);
  CHECK_FALSE(forget.floor.has_value());
  alter(folder.path, [](auto& facts) { facts.erase("questions"); });
  CHECK_THROWS_WITH_AS(read_dataset(folder.path), doctest::Contains("the list of questions is not what was prepared"),
                       Error);
  fs::remove(folder / "questions.json");
  CHECK(read_dataset(folder.path).questions.empty());
}

TEST_CASE("dataset: a document longer than the context is refused, in either part of any source") {
  const TemporaryFolder folder("context");
  const std::vector<Tokens> longest{{1, 2, 3, 4, 5, 6}, {1, 2}}, too_long{{1, 2}, {1, 2, 3, 4, 5, 6, 7}};
  for (const char* file : {"train.retain", "held_out.retain", "train.forget", "held_out.forget"}) {
    write_dataset(folder.path);
    const fs::path path = folder / (std::string(file) + ".safetensors");
    write_tokens(path, longest);  // 7 with the end token
    CHECK_NOTHROW(read_dataset(folder.path));
    write_tokens(path, too_long);
    CHECK_THROWS_WITH_AS(read_dataset(folder.path), doctest::Contains("document 1 is longer than the data's context"),
                         Error);
  }
}

TEST_CASE("dataset: a folder without data.json, with a damaged one, or without a source's file is refused") {
  const TemporaryFolder folder("damaged-facts");
  CHECK_THROWS_WITH_AS(read_dataset(folder.path), doctest::Contains("holds no data set"), Error);
  for (const char* damaged : {"{", "[]", "3"}) {
    write_dataset(folder.path);
    write_file(folder / "data.json", damaged);
    CHECK_THROWS_WITH_AS(read_dataset(folder.path), doctest::Contains("damaged"), Error);
  }
  for (const char* needed : {"context", "tokenizer", "sources"}) {
    write_dataset(folder.path);
    alter(folder.path, [&](auto& facts) { facts.erase(needed); });
    CHECK_THROWS_WITH_AS(read_dataset(folder.path), doctest::Contains("data.json: is damaged"), Error);
  }
  write_dataset(folder.path);
  alter(folder.path, [&](auto& facts) { facts["sources"]["forget"].erase("floor"); });
  CHECK_THROWS_WITH_AS(read_dataset(folder.path), doctest::Contains("data.json: is damaged"), Error);
  for (const char* file : {"train.forget.safetensors", "held_out.retain.safetensors"}) {
    write_dataset(folder.path);
    fs::remove(folder / file);
    CHECK_THROWS_WITH_AS(read_dataset(folder.path), doctest::Contains(file), Error);
  }
}

TEST_CASE("dataset: its digest tells it from every other, and what was changed since is told") {
  const TemporaryFolder folder("digest");
  write_dataset(folder.path);
  const std::string digest = read_dataset(folder.path).digest;
  CHECK(read_dataset(folder.path).digest == digest);
  alter(folder.path, [&](auto& facts) { facts["digest"] = digest; });
  CHECK(read_dataset(folder.path).digest == digest);
  const auto changed = [&](const char* what) {
    CHECK_THROWS_WITH_AS(read_dataset(folder.path), doctest::Contains(what), Error);
    alter(folder.path, [&](auto& facts) { facts.erase("digest"); });  // as an earlier version would have written it
    CHECK(read_dataset(folder.path).digest != digest);
    write_dataset(folder.path);
    alter(folder.path, [&](auto& facts) { facts["digest"] = digest; });
  };
  write_tokens(folder / "train.retain.safetensors", {{1, 2, 3}, {1, 2, 4, 3}});
  changed("a file of tokens is not what was prepared");
  write_tokens(folder / "train.retain.safetensors", {{1, 2, 3, 1}, {2, 3, 4}});  // as many tokens, otherwise cut
  changed("a file of tokens is not what was prepared");
  fs::rename(folder / "train.retain.safetensors", folder / "x");
  fs::rename(folder / "train.forget.safetensors", folder / "train.retain.safetensors");
  fs::rename(folder / "x", folder / "train.forget.safetensors");
  changed("a file of tokens is not what was prepared");
  Tokenizer(Merges{{1, 2}}).write(folder.path);
  CHECK_THROWS_WITH_AS(read_dataset(folder.path), doctest::Contains("the tokenizer is not what was prepared"), Error);
}
