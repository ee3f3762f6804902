// libFuzzer's entrance. The environment's SGTM_PARSER names the parser that is fuzzed.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/fuzz/parsers.hpp"

namespace {

const sgtm::Parser& chosen() {
  const char* name = std::getenv("SGTM_PARSER");
  for (const sgtm::Parser& parser : sgtm::parsers())
    if (name != nullptr && parser.name == std::string(name)) return parser;
  std::fputs("SGTM_PARSER: name one of the parsers of tests/fuzz/parsers.cpp\n", stderr);
  std::exit(2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const sgtm::Parser& parser = chosen();
  sgtm::try_parser(parser, {reinterpret_cast<const char*>(bytes), size});
  return 0;
}
