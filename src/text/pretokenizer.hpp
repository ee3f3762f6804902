#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace sgtm {

/// Calls visit for every word of a text as GPT-2 sees it: a run of letters, of digits or of other marks, each with the
/// space before it, a clitic such as 's, or white space. The words laid end to end are the text. `text` must be valid
/// UTF-8 (see invalid_utf8_at). Safe to call from several threads.
void for_each_word(std::string_view text, const std::function<void(std::string_view)>& visit);

/// The offset of the first byte that is not valid UTF-8, or npos.
std::size_t invalid_utf8_at(std::string_view text);

/// The text with U+FFFD for every byte that is not valid UTF-8, so that JSON and terminals take it.
std::string readable(std::string_view text);

}  // namespace sgtm
