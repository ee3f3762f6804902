#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sgtm {

/// The parts of a text between separators; one part where there is none.
std::vector<std::string> split(std::string_view text, std::string_view separator);

/// Without white space at either end.
std::string trim(std::string_view text);

/// As one field of CSV (RFC 4180): in quotes where it has a comma or a quote.
std::string csv_field(const std::string& text);

/// With `by` in every place of `what`.
std::string replace_all(std::string_view text, std::string_view what, std::string_view by);

/// A word as a shell reads it, in quotes where it needs them.
std::string shell_quoted(const std::string& word);

}  // namespace sgtm
