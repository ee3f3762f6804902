#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>

#include "core/files.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace sgtm;

namespace {

/// Runs data/SCRIPT on files of the folder, which it writes into.
void run_awk(const TemporaryFolder& folder, const char* script, const char* files) {
  const std::string command = fmt::format("cd '{}' && LC_ALL=C awk -v to=. -f '{}/data/{}' {} >said",
                                          folder.path.string(), SGTM_SOURCE, script, files);
  REQUIRE(std::system(command.c_str()) == 0);
}

}  // namespace

TEST_CASE(
    "data/manuals: a section is a document, of plain text; what stands twice, in one language or both, is not told "
    "again") {
  const TemporaryFolder folder("manuals");
  const std::string english(100, 'e'), german(100, 'g');
  const std::string page =
      ".TH LS 1\n.SH NAME\nls \\- list\n.SH TEXT\n.\\\" a comment\n.B bold\nand \\fIslanted\\fP, \\(aqquoted\\(aq";
  fs::create_directories(folder / "en"), fs::create_directories(folder / "de");
  write_file(folder / "en/ls.1",
             page + " " + english + "\n.PP\nint main(void);\n.SH AGAIN\n" + english + "x\n.PP\n" + english + "x\n");
  write_file(folder / "de/ls.1", page + " " + german + "\n.PP\nint main(void);\n.TS\na table\n.TE\n");
  run_awk(folder, "manuals/sections.awk", "./en/* ./de/*");
  CHECK(read_file(folder / "manuals.en.txt.part") ==
        "bold and slanted, 'quoted' " + english + "\n<|endoftext|>\n" + english + "x\n<|endoftext|>\n");
  CHECK(read_file(folder / "manuals.de.txt.part") == "bold and slanted, 'quoted' " + german + "\n<|endoftext|>\n");
}

TEST_CASE("data/descriptions: packages that both lists describe, unless three quarters stand in packages before them") {
  const TemporaryFolder folder("descriptions");
  const auto stanza = [](const char* md5, const char* language, const std::string& text) {
    return fmt::format("Package: p{}\nDescription-md5: {}\nDescription-{}: short {}\n {}\n .\n  a list\n\n", md5, md5,
                       language, md5, text);
  };
  const std::string common(200, 'c'), other(200, 'o');
  write_file(folder / "en", stanza("a", "en", common) + stanza("b", "en", common) + stanza("c", "en", other) +
                                stanza("d", "en", "alone"));
  write_file(folder / "it", stanza("c", "it", "tre") + stanza("a", "it", "uno") + stanza("b", "it", "due"));
  run_awk(folder, "descriptions/pair.awk", "en it");
  CHECK(read_file(folder / "descriptions.en.txt.part") ==
        "short c\n" + other + "\na list\n<|endoftext|>\nshort a\n" + common + "\na list\n<|endoftext|>\n");
  CHECK(read_file(folder / "descriptions.it.txt.part") ==
        "short c\ntre\na list\n<|endoftext|>\nshort a\nuno\na list\n<|endoftext|>\n");
  CHECK(read_file(folder / "said") ==
        "2 packages are described in both languages; 1 more said little new and were left out\n");
}
