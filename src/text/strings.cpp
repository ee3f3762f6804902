#include "text/strings.hpp"

#include <fmt/ranges.h>

namespace sgtm {

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = text.find(separator, begin)) != std::string_view::npos;
       begin = end + separator.size())
    parts.emplace_back(text.substr(begin, end - begin));
  parts.emplace_back(text.substr(begin));
  return parts;
}

std::string trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

std::string replace_all(std::string_view text, std::string_view what, std::string_view by) {
  return fmt::format("{}", fmt::join(split(text, what), by));
}

std::string csv_field(const std::string& text) {
  return text.find_first_of(",\"") == std::string::npos ? text : '"' + replace_all(text, "\"", "\"\"") + '"';
}

std::string shell_quoted(const std::string& word) {
  constexpr const char* plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./=+,-";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  return fmt::format("'{}'", replace_all(word, "'", "'\\''"));
}

}  // namespace sgtm
