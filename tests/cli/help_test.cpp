// Which options every command has, and their defaults, against a kept copy.

#include <doctest/doctest.h>

#include <cstdlib>
#include <regex>

#include "tests/support/program.hpp"

using namespace sgtm;

namespace {

/// One line for each option: its name and its default, which stands behind a '=' or in brackets, as the version of
/// CLI11 has it. The rest is that library's wording.
std::string options_in(const std::string& help) {
  static const std::regex part(R"((--[a-z][a-z0-9-]*)|=(\S+)|\[([^\] ]*)\])");
  std::string options;
  for (std::sregex_iterator i(help.begin(), help.end(), part), end; i != end; ++i) {
    const std::smatch& found = *i;
    options += found[1].matched ? "\n  " + found.str(1) : " " + found.str(2) + found.str(3);
  }
  return options + "\n";
}

}  // namespace

TEST_CASE("help: every command's options and defaults are those of tests/cli/options.txt") {
  const TemporaryFolder folder("help");
  std::string options;
  for (const char* command : {"",
                              "ablate",
                              "bench",
                              "calibrate",
                              "demo",
                              "demo-fields",
                              "encyclopedia",
                              "eval",
                              "experiment list",
                              "experiment plan",
                              "experiment report",
                              "experiment run",
                              "info",
                              "masks",
                              "prepare",
                              "sample",
                              "stories",
                              "trace",
                              "train",
                              "verify export",
                              "verify golden",
                              "verify gradients",
                              "verify invariants"}) {
    const Outcome shown = run_sgtm(folder, std::string(command) + " --help");
    CHECK(shown.code == 0);
    options += "sgtm " + std::string(command) + options_in(shown.out.substr(shown.out.find("\n\n")));
  }
  const fs::path path = fs::path(SGTM_SOURCE) / "tests/cli/options.txt";
  if (std::getenv("SGTM_WRITE_OPTIONS")) write_file(path, options);
  INFO("Is the change meant? SGTM_WRITE_OPTIONS=1 makes this test rewrite tests/cli/options.txt.");
  CHECK(options == read_file(path));
}
