#include "text/prepare.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/error.hpp"
#include "tests/support/held_out_texts.hpp"
#include "tests/support/made_up_documents.hpp"
#include "tests/support/temporary_folder.hpp"
#include "text/dataset.hpp"
#include "text/strings.hpp"
#include "text/survey.hpp"

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

/// The part of all bytes that these texts have in common with those.
double shared(const std::vector<std::string>& these, const std::vector<std::string>& those) {
  const auto share = [](const std::vector<std::string>& texts, char c) {
    double count = 0, all = 0;
    for (const std::string& text : texts) {
      count += static_cast<double>(std::count(text.begin(), text.end(), c));
      all += static_cast<double>(text.size());
    }
    return count / all;
  };
  double sum = 0;
  for (char c = 0; c < 127; ++c) sum += std::min(share(these, c), share(those, c));
  return sum;
}

nlohmann::json facts_of(const fs::path& out) {
  return nlohmann::json::parse(read_file(out / "data.json"));
}

}  // namespace

TEST_CASE("prepare: documents of one token are counted and left out") {
  const TemporaryFolder folder("short");
  write_file(folder / "a.txt", numbered_documents(20, 6, "apple") + "x\n<|endoftext|>\ny\n");
  PrepareConfig config;
  config.out = folder / "data";
  config.vocabulary = 300;
  prepare(config, {{"retain", "a", documents_of({folder / "a.txt"}), {}}});
  const auto facts = facts_of(config.out)["sources"]["retain"];
  CHECK(facts["too_short"] == 2);
  CHECK(facts["documents"].get<int>() + facts["held_out_documents"].get<int>() == 20);
}

TEST_CASE("prepare: text that changes between its two readings is told, however it changes") {
  const TemporaryFolder folder("changing");
  const std::string text = numbered_documents(20, 6, "apple");
  const auto changed_to = [&](const std::string& later) {
    const fs::path file = folder / "a.txt";
    write_file(file, text);
    int time = 0;
    const DocumentSource changing = [&, source = documents_of({file})](const DocumentVisitor& visit) {
      if (++time == 2) write_file(file, later);
      source(visit);
    };
    PrepareConfig config;
    config.out = folder / "data";
    config.vocabulary = 300;
    CHECK_THROWS_WITH_AS(prepare(config, {{"retain", "a.txt", changing, {}}}),
                         doctest::Contains("a.txt: changed while it was read"), Error);
    CHECK_FALSE(fs::exists(config.out / "data.json"));
  };
  changed_to(text + "one more\n");
  changed_to(numbered_documents(19, 6, "apple"));
  changed_to(numbered_documents(20, 6, "pears"));
}

TEST_CASE("prepare: an older data set stays until all of the new one is written, and goes whole") {
  const TemporaryFolder folder("exchange");
  write_file(folder / "a.txt", numbered_documents(20, 6, "apple"));
  write_file(folder / "b.txt", numbered_documents(20, 6, "pear"));
  PrepareConfig config;
  config.out = folder / "data";
  config.vocabulary = 300;
  const SourceDocuments a{"retain", "a", documents_of({folder / "a.txt"}), {}},
      b{"forget", "b", documents_of({folder / "b.txt"}), {}};
  prepare(config, {a, b});
  const std::string digest = read_dataset(config.out).digest;
  config.overwrite = true;
  const DocumentSource failing = [](const DocumentVisitor&) { throw Error("gone"); };
  CHECK_THROWS_AS(prepare(config, {a, {"forget", "b", failing, {}}}), Error);
  CHECK(read_dataset(config.out).digest == digest);
  prepare(config, {a});
  CHECK(read_dataset(config.out).parts.size() == 1);
  CHECK_FALSE(fs::exists(config.out / "train.forget.safetensors"));
  for (const auto& file : fs::directory_iterator(config.out))
    CHECK(std::set<std::string>{".lock", "data.json", "held_out.retain.safetensors", "merges.txt",
                                "train.retain.safetensors", "vocab.json"}
              .contains(file.path().filename()));
  write_file(folder / "run/settings.json", "{}");
  config.out = folder / "run";
  CHECK_THROWS_WITH_AS(prepare(config, {a}), doctest::Contains("holds a run, where a data set would be written"),
                       Error);
}

TEST_CASE("prepare: every document is in one part, whole, and the same files give the same bits") {
  const TemporaryFolder folder("prepare");
  write_file(folder / "a.txt", numbered_documents(40, 12, "apple"));
  write_file(
      folder / "b.jsonl",
      "{\"text\": \"una manzana roja\"}\n\n{\"id\": 2, \"text\": \"dos peras\\nverdes\"}\n{\"text\": \"tres uvas\"}\n");
  PrepareConfig config;
  config.vocabulary = 300;
  config.held_out = 0.1;
  const std::vector<SourceDocuments> given{{"retain", "a", documents_of({folder / "a.txt"}), {}},
                                           {"forget", "b", documents_of({folder / "b.jsonl"}), {}}};
  for (const char* out : {"one", "two"}) {
    config.out = folder / out;
    prepare(config, given);
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

TEST_CASE(
    "prepare: a long document is split before white space, where there is some, into pieces of two tokens or more") {
  const TemporaryFolder folder("long");
  byte_tokenizer().write(folder / "bytes");
  const std::pair<const char*, std::vector<std::string>> rows[] = {
      {"abc def ghi", {"abc def", " ghi"}},
      {"ab cdefgh ij", {"ab", " cdefgh", " ij"}},
      {"abcdefghijklmnop", {"abcdefg", "hijklmn", "op"}},
      {"abcdefghijklmno", {"abcdefg", "hijklm", "no"}},
      {"abcdefg", {"abcdefg"}},
      {"abcdefgh", {"abcdef", "gh"}},
      {"a bcdefghijk", {"a bcdef", "ghijk"}},  // before "b" there would be one token only
      {"abcd\tefgh\nij", {"abcd", "\tefgh", "\nij"}},
      {"abcde fg", {"abcde", " fg"}}};
  std::vector<Document> documents;
  for (const auto& row : rows) documents.push_back({row.first, "", 0, static_cast<int>(documents.size())});
  PrepareConfig config;
  config.tokenizer = folder / "bytes";
  config.context = 8;  // 7 and the end token
  config.held_out = 0.4;
  for (const bool cut : {false, true}) {
    config.cut_long = cut;
    config.out = folder / (cut ? "cut" : "split");
    prepare(config, {{"retain", "a", giving(documents)}, {"forget", "b", giving_texts({"abba", "baobab", "abbey"})}});
    const Dataset data = read_dataset(config.out);
    std::map<int, std::vector<std::string>> found;  // by document, which is its pieces' kind
    for (const auto* file : {data.parts.at("retain").train.get(), data.parts.at("retain").held_out.get()}) {
      const std::vector<std::string> texts = texts_of(byte_tokenizer(), *file);
      REQUIRE(file->kinds().size() == texts.size());
      for (std::size_t i = 0; i < texts.size(); ++i) found[file->kinds()[i]].push_back(texts[i]);
    }
    for (std::size_t i = 0; i < std::size(rows); ++i)
      CHECK(found[static_cast<int>(i)] ==
            (cut ? std::vector{std::string(rows[i].first).substr(0, 7)} : rows[i].second));
    const auto facts = facts_of(config.out);
    const auto trained = [&](const char* source) { return texts_of(byte_tokenizer(), *data.parts.at(source).train); };
    CHECK(facts["shared_tokens"]["retain and forget"].get<double>() ==
          doctest::Approx(shared(trained("retain"), trained("forget"))).epsilon(1e-12));
    CHECK(facts["long_documents"] == (cut ? "cut" : "split"));
    CHECK(facts["sources"]["retain"]["longer_than_context"] == 8);  // all but "abcdefg"
    CHECK(facts["sources"]["retain"]["longest_document"] == 16);
  }
}

TEST_CASE("prepare: data.json says what was prepared, how much of it, and which tokens given share") {
  const TemporaryFolder folder("facts");
  byte_tokenizer().write(folder / "bytes");
  PrepareConfig config;
  config.out = folder / "data";
  config.tokenizer = folder / "bytes";
  config.context = 19, config.held_out = 0.15, config.seed = 4;
  const std::vector<std::string> names{"retain", "adjacent", "forget"};
  std::vector<SourceDocuments> given;
  std::vector<std::vector<std::string>> trained;
  nlohmann::json expected;
  for (std::size_t s = 0; s < 3; ++s) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < 20 + 10 * s; ++i)
      texts.push_back(std::string(1 + i / 7, "xyz"[s]) + (i % 3 ? "a" : "b") + std::to_string(i * i + s));
    const std::vector<bool> held_out = survey({"", "", giving_texts(texts)}, config, nullptr).held_out;
    const auto first_held_out =
        static_cast<std::size_t>(std::find(held_out.begin(), held_out.end(), true) - held_out.begin());
    std::size_t repeats = 0;
    for (std::size_t i = 0; i < texts.size() && repeats < s; ++i)  // none in retain, 1 in adjacent, 2 in forget
      if (!held_out[i]) texts[i] = texts[first_held_out], ++repeats;
    given.push_back({names[s], names[s] + " texts", giving_texts(texts)});
    std::size_t documents = 0, tokens = 0, held_out_documents = 0, held_out_tokens = 0, longest = 0;
    trained.emplace_back();
    for (std::size_t i = 0; i < texts.size(); ++i) {
      longest = std::max(longest, texts[i].size());
      if (held_out[i]) {
        ++held_out_documents, held_out_tokens += texts[i].size() + 1;
      } else if (texts[i] != texts[first_held_out]) {
        ++documents, tokens += texts[i].size() + 1;
        trained.back().push_back(texts[i]);
      }
    }
    CHECK(documents + held_out_documents + repeats == texts.size());
    expected["sources"][names[s]] = {{"from", names[s] + " texts"},
                                     {"documents", documents},
                                     {"tokens", tokens},
                                     {"held_out_documents", held_out_documents},
                                     {"held_out_tokens", held_out_tokens},
                                     {"longer_than_context", 0},
                                     {"longest_document", longest},
                                     {"equal_to_held_out", repeats},
                                     {"floor", nullptr}};
  }
  prepare(config, given);
  auto facts = facts_of(config.out);
  for (const auto& [a, b] : {std::pair<std::size_t, std::size_t>{0, 1}, {0, 2}, {1, 2}})
    CHECK(facts["shared_tokens"][names[a] + " and " + names[b]].get<double>() ==
          doctest::Approx(shared(trained[a], trained[b])).epsilon(1e-12));
  CHECK(facts["shared_tokens"].size() == 3);
  facts.erase("shared_tokens");
  expected.update({{"format", "sgtm data 1"},
                   {"tokenizer", fmt::format("{:016x}", byte_tokenizer().fingerprint())},
                   {"vocabulary", 257},
                   {"context", 19},
                   {"held_out", 0.15},
                   {"long_documents", "split"},
                   {"seed", 4}});
  CHECK(facts["digest"] == read_dataset(config.out).digest);
  facts.erase("digest");
  CHECK(facts == expected);
  for (std::size_t s = 0; s < 3; ++s)
    CHECK(texts_of(byte_tokenizer(), *read_dataset(config.out).parts.at(names[s]).train) == trained[s]);
}

TEST_CASE("prepare: the floor is known where every held-out document is whole and has a probability") {
  const TemporaryFolder folder("known-floor");
  byte_tokenizer().write(folder / "bytes");
  PrepareConfig config;
  config.tokenizer = folder / "bytes";
  config.context = 9, config.held_out = 0.2, config.overwrite = true;
  std::vector<Document> documents;
  for (int i = 0; i < 20; ++i)
    documents.push_back({(i % 2 ? "a" : "b") + std::string("x") + std::to_string(i), "", -5 - 0.5 * i});
  const std::vector<bool> held_out = survey({"", "", giving(documents)}, config, nullptr).held_out;
  const auto at = [&](bool held) {
    return static_cast<std::size_t>(std::find(held_out.begin(), held_out.end(), held) - held_out.begin());
  };
  int outs = 0;
  const auto floor = [&](const std::vector<Document>& of) {
    config.out = folder / std::to_string(outs++);
    // "a" begins three quarters of all texts, "b" the others.
    prepare(config, {{"forget", "a", giving(of), {{"axe", 0.25}, {"ax", 0.5}, {"box", 0.25}}}});
    return read_dataset(config.out).parts.at("forget").floor;
  };
  const auto expected = [&](const std::vector<Document>& of) {
    double nats = 0, predicted = 0;
    for (std::size_t i = 0; i < of.size(); ++i) {
      if (!held_out[i]) continue;
      nats += -of[i].log_probability + std::log(of[i].text[0] == 'a' ? 0.75 : 0.25);
      predicted += static_cast<double>(of[i].text.size()) - 1;
    }
    return doctest::Approx(nats / predicted).epsilon(1e-12);
  };
  const auto with = [&](bool held, const std::string& text, double log_probability) {
    auto changed = documents;
    changed[at(held)] = {text, "", log_probability};
    return changed;
  };
  const double unknown = std::nan("");
  REQUIRE(floor(documents).has_value());
  CHECK(*floor(documents) == expected(documents));
  CHECK(*floor(with(false, "bcdefghijklm", -9)) == expected(documents));
  CHECK(*floor(with(false, "abc", unknown)) == expected(documents));
  CHECK_FALSE(floor(with(true, "abc", unknown)).has_value());
  const auto longest = with(true, "abcdefgh", -9);  // 8 and the end token
  CHECK(*floor(longest) == expected(longest));
  CHECK_FALSE(floor(with(true, "abcdefghi", -9)).has_value());
}

TEST_CASE("prepare: an older data set is replaced when asked, all of it, and stays while the new one is not whole") {
  const TemporaryFolder folder("older");
  PrepareConfig config;
  config.out = folder / "data";
  config.vocabulary = 300;
  int passes = 0;
  const DocumentSource texts = giving_texts({"one text", "two texts", "three texts"});
  const DocumentSource watched = [&](const DocumentVisitor& visit) {
    if (++passes == 2) CHECK(is_locked(config.out));  // while the second pass writes
    texts(visit);
  };
  const Questions asked{{{"f a", {"x", "y"}}}, {{0, "f", "a", "retain", "", "one", 1}}};
  prepare(config, {{"retain", "old", watched}}, asked);
  CHECK(passes == 2);
  CHECK(facts_of(config.out)["questions"] == fingerprint(asked));
  CHECK(read_file(config.out / "questions.json") == questions_text(asked));
  const auto contents = [&] {
    std::map<std::string, std::string> all;
    for (const auto& file : fs::directory_iterator(config.out)) all[file.path().filename()] = read_file(file.path());
    return all;
  };
  const auto old = contents();
  const std::vector<SourceDocuments> newer{{"retain", "new", giving_texts({"a new text", "another"})}};
  CHECK_THROWS_WITH_AS(prepare(config, newer), doctest::Contains("holds a data set already"), Error);
  config.overwrite = true;
  CHECK_THROWS_WITH_AS(prepare(config, {newer[0], {"forget", "bad", giving_texts({"fine text", "x"})}}),
                       doctest::Contains("documents have one token"), Error);
  CHECK(contents() == old);
  prepare(config, newer);
  CHECK_FALSE(fs::exists(config.out / "questions.json"));
  CHECK_FALSE(facts_of(config.out).contains("questions"));
  CHECK(facts_of(config.out)["sources"]["retain"]["from"] == "new");
  // Where files are replaced and one can't be, the mixture must not look whole.
  write_file(config.out / "held_out.forget.safetensors" / "in the way", "");
  CHECK_THROWS_AS(prepare(config, {newer[0], {"forget", "b", giving_texts({"una cosa", "otra"})}}), Error);
  CHECK_THROWS_AS(read_dataset(config.out), Error);
}

TEST_CASE("prepare: what was prepared otherwise is told from what is asked for") {
  const TemporaryFolder folder("is-prepared");
  PrepareConfig config;
  config.out = folder / "data";
  config.held_out = 0.25, config.context = 64, config.seed = 3;
  const DocumentSource texts = giving_texts({"one text", "two texts", "three texts"});
  const std::vector<SourceDocuments> given{{"retain", "a", texts}, {"forget", "b", texts}};
  CHECK_FALSE(is_prepared(config, given));
  prepare(config, given);
  CHECK(is_prepared(config, given));
  const auto otherwise = [&](auto change) {
    PrepareConfig other = config;
    std::vector<SourceDocuments> of = given;
    change(other, of);
    return !is_prepared(other, of);
  };
  CHECK(otherwise([](auto& c, auto&) { c.context = 65; }));
  CHECK(otherwise([](auto& c, auto&) { c.held_out = 0.26; }));
  CHECK(otherwise([](auto& c, auto&) { c.seed = 4; }));
  CHECK(otherwise([](auto&, auto& of) { of.pop_back(); }));
  CHECK(otherwise([](auto&, auto& of) { of[1].name = "adjacent"; }));
  CHECK(otherwise([](auto&, auto& of) { of[0].description = "b"; }));
  CHECK(otherwise([](auto&, auto& of) { of[1].description = "a"; }));
  CHECK(otherwise([](auto&, auto& of) { of.push_back({"adjacent", "c", of[0].documents}); }));
  for (const char* damaged : {"{", "[]", "{}"}) {
    write_file(config.out / "data.json", damaged);
    CHECK_FALSE(is_prepared(config, given));
  }
}

TEST_CASE("prepare: where nothing is said, 2 % are held out, pieces have 256 tokens, and the vocabulary 4096") {
  const PrepareConfig config;
  CHECK(config.held_out == 0.02);
  CHECK(config.context == 256);
  CHECK(config.vocabulary == 4096);
  CHECK(config.seed == 1);
  CHECK_FALSE(config.cut_long);
  CHECK_FALSE(config.overwrite);
  CHECK(config.tokenizer.empty());
}

TEST_CASE("prepare: settings out of bounds are refused, and those on the bounds are not") {
  const TemporaryFolder folder("bounds");
  const auto refused = [&](auto set, const char* option) {
    PrepareConfig config;
    config.out = folder / "data";
    config.vocabulary = 300, config.overwrite = true;
    set(config);
    const std::vector<SourceDocuments> given{{"retain", "a", giving_texts({"ab", "cd", "ef"})}};
    if (option == nullptr)
      CHECK_NOTHROW(prepare(config, given));
    else
      CHECK_THROWS_WITH_AS(prepare(config, given), doctest::Contains(option), Error);
  };
  for (const auto& [share, option] : {std::pair{0.0, "--held-out 0"},
                                      {1e-9, nullptr},
                                      {0.999, nullptr},
                                      {1.0, "--held-out 1"},
                                      {-0.1, "--held-out -0.1"},
                                      {std::nan(""), "--held-out nan"}})
    refused([share = share](PrepareConfig& c) { c.held_out = share; }, option);
  for (const auto& [size, option] : {std::pair{299, "--vocabulary 299"},
                                     {300, nullptr},
                                     {1 << 20, nullptr},
                                     {(1 << 20) + 1, "--vocabulary 1048577"}})
    refused([size = size](PrepareConfig& c) { c.vocabulary = size; }, option);
  for (const auto& [size, option] :
       {std::pair{3, "--context 3"}, {4, nullptr}, {1 << 16, nullptr}, {(1 << 16) + 1, "--context 65537"}})
    refused([size = size](PrepareConfig& c) { c.context = size; }, option);
}
