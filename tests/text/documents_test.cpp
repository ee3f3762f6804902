#include "text/documents.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/error.hpp"
#include "tests/support/made_up_documents.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace sgtm;

namespace {

/// "where: text" of every document of these files, the folder left out.
std::vector<std::string> read(const TemporaryFolder& folder, const std::vector<std::string>& names) {
  std::vector<fs::path> files;
  for (const std::string& name : names) files.push_back(folder / name);
  std::vector<std::string> found;
  for (const Document& document : all_of(documents_of(files))) {
    REQUIRE(document.where.starts_with(folder.path.string() + "/"));
    CHECK(std::isnan(document.log_probability));
    CHECK(document.kind == -1);
    found.push_back(document.where.substr(folder.path.string().size() + 1) + ": " + document.text);
  }
  return found;
}

using Found = std::vector<std::string>;

}  // namespace

TEST_CASE("documents: lines <|endoftext|> separate those of a text file; empty ones are neither given nor counted") {
  const TemporaryFolder folder("documents");
  write_file(folder / "a.txt",
             "\n  first line\n\n \tthird line \n  <|endoftext|> \r\n \n<|endoftext|>\n"
             "a <|endoftext|> within\n<|endoftext|>\n{\"text\": \"no JSON here\"}");
  write_file(folder / "b.text", "of another file\n<|endoftext|>\n");
  CHECK(read(folder, {"a.txt", "b.text"}) ==
        Found{"a.txt, document 1: first line\n\n \tthird line", "a.txt, document 2: a <|endoftext|> within",
              "a.txt, document 3: {\"text\": \"no JSON here\"}", "b.text, document 1: of another file"});
  CHECK(read(folder, {"b.text", "a.txt"}).front() == "b.text, document 1: of another file");
}

TEST_CASE("documents: every line of a .jsonl file is one, blank lines apart") {
  const TemporaryFolder folder("documents");
  write_file(folder / "a.jsonl",
             "{\"text\": \" one\\nand more \"}\n\r\n \t\n{\"text\": \"  \"}\n{\"id\": 7, \"text\": \"two\"}\r\n"
             "{\"text\": \"<|endoftext|>\"}");
  CHECK(read(folder, {"a.jsonl"}) ==
        Found{"a.jsonl, document 1: one\nand more", "a.jsonl, document 2: two", "a.jsonl, document 3: <|endoftext|>"});
  for (const std::string bad :
       {"{\"title\": \"d\"}", "{\"text\": 3}", "[\"text\"]", "\"text\"", "{\"text\": \"a\"", "a"}) {
    CAPTURE(bad);
    write_file(folder / "bad.jsonl", "{\"text\": \"good\"}\n\n" + bad + "\n");
    CHECK_THROWS_WITH_AS(read(folder, {"bad.jsonl"}), doctest::Contains("bad.jsonl, line 3: no \"text\" field"), Error);
  }
}

TEST_CASE("documents: a byte order mark is not text, where it begins a file") {
  const TemporaryFolder folder("mark");
  const std::string mark = "\xEF\xBB\xBF";
  write_file(folder / "a.txt", mark + "<|endoftext|>\none text\n" + mark + "and a line\n");
  CHECK(read(folder, {"a.txt"}) == Found{"a.txt, document 1: one text\n" + mark + "and a line"});
  write_file(folder / "a.jsonl", mark + "{\"text\": \"one\"}\n");
  CHECK(read(folder, {"a.jsonl"}) == Found{"a.jsonl, document 1: one"});
}

TEST_CASE("documents: what is not valid UTF-8 is told by its byte in the file, from 0") {
  const TemporaryFolder folder("offset");
  write_file(folder / "a.txt",
             "\xEF\xBB\xBF"
             "a\r\nb\n\nse\xf1or\n");  // 3 + 3 + 2 + 1 bytes before "se"
  CHECK_THROWS_WITH_AS(read(folder, {"a.txt"}), doctest::Contains("a.txt: byte 11 is not valid UTF-8"), Error);
  write_file(folder / "b.jsonl", "\n{\"text\": \"\xff\"}\n");
  CHECK_THROWS_WITH_AS(read(folder, {"b.jsonl"}), doctest::Contains("b.jsonl: byte 11 is not valid UTF-8"), Error);
}

TEST_CASE("documents: a file that is missing or without text is refused, whatever the others hold") {
  const TemporaryFolder folder("missing");
  write_file(folder / "a.txt", "text");
  write_file(folder / "empty.txt", "\n<|endoftext|>\n \n");
  write_file(folder / "empty.jsonl", "\n{\"text\": \"\"}\n");
  CHECK_THROWS_WITH_AS(read(folder, {"a.txt", "none.txt"}), doctest::Contains("none.txt: can't be read"), Error);
  CHECK_THROWS_WITH_AS(read(folder, {"a.txt", "empty.txt"}), doctest::Contains("empty.txt: holds no text"), Error);
  CHECK_THROWS_WITH_AS(read(folder, {"empty.jsonl", "a.txt"}), doctest::Contains("empty.jsonl: holds no text"), Error);
}

TEST_CASE("documents: files come in blocks that end with the document that fills 4 MiB, in order and every time anew") {
  const TemporaryFolder folder("blocks");
  constexpr std::size_t half = 2 << 20;
  const auto write = [&](const char* name, const std::string& letters) {
    std::string text;
    for (const char letter : letters) text.append(half, letter).append("\n<|endoftext|>\n");
    write_file(folder / name, text);
  };
  write("a.txt", "abc");
  write("b.txt", "de");
  const DocumentSource source = documents_of({folder / "a.txt", folder / "b.txt"});
  for (int time = 0; time < 2; ++time) {
    std::vector<std::string> blocks;  // by the first letters of their documents
    source([&](std::vector<Document>& block) {
      blocks.emplace_back();
      for (const Document& d : block) {
        CHECK(d.text.size() == half);
        blocks.back() += d.text[0];
      }
    });
    CHECK(blocks == Found{"ab", "cd", "e"});
  }
}

TEST_CASE("documents: generated ones are numbered from 0 and come in order, 4096 at a time") {
  const auto make = [](std::uint64_t number) -> Document {
    return {"text " + std::to_string(number), "number " + std::to_string(number), -0.5 * static_cast<double>(number),
            static_cast<int>(number % 7)};
  };
  std::vector<std::size_t> blocks;
  std::uint64_t number = 0;
  generated_documents(2 * 4096 + 5, make)([&](std::vector<Document>& block) {
    blocks.push_back(block.size());
    for (const Document& d : block) {
      const Document expected = make(number++);
      if (d.text != expected.text || d.where != expected.where || d.log_probability != expected.log_probability ||
          d.kind != expected.kind)
        FAIL(d.text);
    }
  });
  CHECK(blocks == std::vector<std::size_t>{4096, 4096, 5});
  CHECK(all_of(generated_documents(0, make)).empty());
}

TEST_CASE("documents: bad text is told by file and place") {
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
}
