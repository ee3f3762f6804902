#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sgtm {

/// Something that reads what may come from anywhere. Bytes that it does not take make it throw Error, and nothing else.
struct Parser {
  const char* name;
  std::function<void(std::string_view bytes)> read;
};

/// One for every kind of file that the program reads, and for text that goes through it.
const std::vector<Parser>& parsers();

/// Reads the bytes, whether they are taken or refused.
void try_parser(const Parser& parser, std::string_view bytes);

}  // namespace sgtm
