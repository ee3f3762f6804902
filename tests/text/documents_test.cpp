#include "text/documents.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cmath>
#include <fstream>
#include <thread>

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

TEST_CASE("documents: <|endoftext|> separates those of a text file, wherever it stands; empty ones are not counted") {
  const TemporaryFolder folder("documents");
  write_file(folder / "a.txt",
             "\n  first line\n\n \tthird line \n  <|endoftext|> \r\n \n<|endoftext|>\n"
             "a <|endoftext|> within\n<|endoftext|>\n{\"text\": \"no JSON here\"}");
  write_file(folder / "b.text", "of another file\n<|endoftext|>\n");
  CHECK(read(folder, {"a.txt", "b.text"}) ==
        Found{"a.txt, document 1: first line\n\n \tthird line", "a.txt, document 2: a", "a.txt, document 3: within",
              "a.txt, document 4: {\"text\": \"no JSON here\"}", "b.text, document 1: of another file"});
  CHECK(read(folder, {"b.text", "a.txt"}).front() == "b.text, document 1: of another file");
}

TEST_CASE("documents: every line of a .jsonl file is one, blank lines apart") {
  const TemporaryFolder folder("documents");
  write_file(folder / "a.jsonl",
             "{\"text\": \" one\\nand more \"}\n\r\n \t\n{\"id\": 7, \"text\": \"two\"}\r\n"
             "{\"text\": \"three<|endoftext|>\\nfour\"}");
  CHECK(read(folder, {"a.jsonl"}) == Found{"a.jsonl, document 1: one\nand more", "a.jsonl, document 2: two",
                                           "a.jsonl, document 3: three", "a.jsonl, document 4: four"});
}

TEST_CASE("documents: JSON lines without a text are all counted, the first ten told; --skip-bad goes on without them") {
  const TemporaryFolder folder("bad-lines");
  const std::pair<const char*, const char*> bad[] = {
      {"{\"title\": \"d\"}", "has no \"text\" field"},
      {"{\"text\": 3}", "its \"text\" is not a string"},
      {"[\"text\"]", "has no \"text\" field"},
      {"\"text\"", "has no \"text\" field"},
      {"{\"text\": \"a\"", "is not JSON ("},
      {"{\"text\": \"a\",}", "is not JSON ("},
      {"{\"text\": \"\\ud800\"}", "surrogate"},
      {"{\"text\": \"a\\u0000b\"}", "its \"text\" has a character U+0000"},
      {"{\"text\": \" \\n\"}", "its \"text\" is empty"},
      {"{\"text\": \"a\", \"text\": \"b\"}", "the key \"text\" stands twice"},
      {"{\"text\": \"\xff\"}", "byte 10 is not valid UTF-8"},
  };
  TextOptions skipping;
  skipping.skip_bad = true;
  for (const auto& [line, why] : bad) {
    const std::string of_line = line;
    CAPTURE(of_line);
    write_file(folder / "bad.jsonl", of_line + "\n\n{\"text\": \"good\"}\n");
    CHECK_THROWS_WITH_AS(read(folder, {"bad.jsonl"}),
                         doctest::Contains("bad.jsonl: lines that hold no document: 1 of 3:\n  line 1: "), Error);
    CHECK_THROWS_WITH_AS(read(folder, {"bad.jsonl"}), doctest::Contains(why), Error);
    const auto left = all_of(documents_of({folder / "bad.jsonl"}, skipping));
    REQUIRE(left.size() == 1);
    CHECK(left[0].text == "good");
  }
  std::string many;
  for (int i = 0; i < 12; ++i) many += "{}\n";
  write_file(folder / "many.jsonl", many);
  CHECK_THROWS_WITH_AS(read(folder, {"many.jsonl"}),
                       doctest::Contains("lines that hold no document: 12 of 12, the first ten:"), Error);
  CHECK_THROWS_WITH_AS(read(folder, {"many.jsonl"}), doctest::Contains("line 10: has no \"text\" field\nEvery line"),
                       Error);
}

TEST_CASE("documents: the name or the first line says that a file is of JSON lines") {
  const TemporaryFolder folder("forms");
  for (const char* name : {"a.JSONL", "b.ndjson", "c.json", "d.txt", "e"}) {
    CAPTURE(std::string(name));
    write_file(folder / name, "\n{\"text\": \"one\"}\n{\"text\": \"two\"}\n");
    CHECK(read(folder, {name}) ==
          Found{std::string(name) + ", document 1: one", std::string(name) + ", document 2: two"});
  }
  write_file(folder / "f.txt", "{a set}\n{\"text\": \"two\"}\n");
  CHECK(read(folder, {"f.txt"}) == Found{"f.txt, document 1: {a set}\n{\"text\": \"two\"}"});
  for (const char* whole : {"[\n{\"text\": \"one\"}]", "{\n  \"text\": \"one\"\n}", "[{\"text\": \"one\"}]"}) {
    write_file(folder / "g.json", whole);
    CHECK_THROWS_WITH_AS(read(folder, {"g.json"}), doctest::Contains("g.json: is not one JSON object per line"), Error);
  }
}

TEST_CASE("documents: every line end is one character, unless they are to be kept") {
  const TemporaryFolder folder("line-ends");
  write_file(folder / "a.txt", "one\r\ntwo\rthree\n\r\nfour\r\n");
  write_file(folder / "a.jsonl", "{\"text\": \"one\\r\\ntwo\"}\r\n");
  CHECK(read(folder, {"a.txt", "a.jsonl"}) ==
        Found{"a.txt, document 1: one\ntwo\nthree\n\nfour", "a.jsonl, document 1: one\ntwo"});
  TextOptions keeping;
  keeping.keep_line_ends = true;
  CHECK(all_of(documents_of({folder / "a.txt"}, keeping))[0].text == "one\r\ntwo\rthree\n\r\nfour");
}

TEST_CASE("documents: UTF-16 and other bytes of 0 are told, and no device, folder or deserted pipe is read") {
  const TemporaryFolder folder("no-text");
  write_file(folder / "a.txt", std::string("o\0n\0e\0", 6));
  CHECK_THROWS_WITH_AS(read(folder, {"a.txt"}), doctest::Contains("a.txt: byte 1 is 0, as in UTF-16"), Error);
  CHECK_THROWS_WITH_AS(documents_of({"/dev/zero"}), doctest::Contains("/dev/zero: is a device"), Error);
  CHECK_THROWS_WITH_AS(documents_of({folder.path}), doctest::Contains("is a directory"), Error);
}

TEST_CASE("documents: a pipe is copied, so that it can be read twice") {
  const TemporaryFolder folder("pipe");
  const fs::path pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  std::thread writer([&] { std::ofstream(pipe) << "one\n<|endoftext|>\ntwo\n"; });
  const DocumentSource source = documents_of({pipe});
  writer.join();
  for (int time = 0; time < 2; ++time) CHECK(all_of(source).size() == 2);
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
  CHECK_THROWS_WITH_AS(read(folder, {"b.jsonl"}), doctest::Contains("line 2: byte 11 is not valid UTF-8"), Error);
}

TEST_CASE("documents: a file that is missing or without text is refused, whatever the others hold") {
  const TemporaryFolder folder("missing");
  write_file(folder / "a.txt", "text");
  write_file(folder / "empty.txt", "\n<|endoftext|>\n \n");
  write_file(folder / "empty.jsonl", "\n \n");
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
  refused("lines.jsonl", "{\"text\": \"a b c\"}\n{\"title\": \"d\"}\n", "line 2: has no \"text\" field");
  refused("broken.jsonl", "{\"text\": \"a b c\"\n", "line 1: is not JSON");
  refused("same.txt", "twice the same\n<|endoftext|>\ntwice the same\n",
          "nothing is left to train on: documents have one token, or equal held-out ones");
}
