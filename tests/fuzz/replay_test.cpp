// What fuzzers begin with and what they found (corpus/PARSER/*): each is taken, or refused in a sentence.

#include <doctest/doctest.h>

#include "core/files.hpp"
#include "tests/fuzz/parsers.hpp"

using namespace sgtm;

TEST_CASE("fuzz: every parser reads its corpus") {
  const fs::path corpus = fs::path(SGTM_SOURCE) / "tests/fuzz/corpus";
  for (const Parser& parser : parsers()) {
    CAPTURE(std::string(parser.name));
    int files = 0;
    for (const auto& file : fs::directory_iterator(corpus / parser.name)) {
      CAPTURE(file.path().string());
      CHECK_NOTHROW(try_parser(parser, read_file(file.path())));
      ++files;
    }
    CHECK(files > 0);
  }
}
