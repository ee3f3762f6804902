#include "text/pretokenizer.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <memory>
#include <stdexcept>

namespace sgtm {
namespace {

// The pattern of GPT-2's tokenizer (Radford et al. 2019).
constexpr const char* pattern = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

struct Pattern {
  pcre2_code* code;
  Pattern() {
    int error = 0;
    PCRE2_SIZE offset = 0;
    code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern), PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_UCP, &error,
                         &offset, nullptr);
    if (code == nullptr) throw std::logic_error("PCRE2 does not take GPT-2's pattern");
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);  // where there is no JIT, matching is slower but the same
  }
  ~Pattern() { pcre2_code_free(code); }
};

struct FreeMatch {
  void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
};

/// Matches from `at` on; `found` as PCRE2 gives it.
struct Match {
  int found;
  pcre2_match_data* data;
};
Match match(std::string_view text, PCRE2_SIZE at, std::uint32_t options) {
  static const Pattern words;
  static thread_local const std::unique_ptr<pcre2_match_data, FreeMatch> data(
      pcre2_match_data_create_from_pattern(words.code, nullptr));
  const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  return {pcre2_match(words.code, subject, text.size(), at, options, data.get(), nullptr), data.get()};
}

}  // namespace

void for_each_word(std::string_view text, const std::function<void(std::string_view)>& visit) {
  for (PCRE2_SIZE at = 0; at < text.size();) {
    const Match word = match(text, at, PCRE2_NO_UTF_CHECK);
    if (word.found < 1) throw std::logic_error("GPT-2's pattern leaves a part of a text unmatched");
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(word.data);
    visit(text.substr(ends[0], ends[1] - ends[0]));
    at = ends[1];
  }
}

std::size_t invalid_utf8_at(std::string_view text) {
  const Match first = match(text, 0, 0);  // which looks at all of the text before it begins
  const bool invalid = first.found <= PCRE2_ERROR_UTF8_ERR1 && first.found >= PCRE2_ERROR_UTF8_ERR21;
  return invalid ? pcre2_get_startchar(first.data) : std::string_view::npos;
}

std::string readable(std::string_view text) {
  std::string result;
  for (std::size_t bad; (bad = invalid_utf8_at(text)) != std::string_view::npos; text.remove_prefix(bad + 1)) {
    result += text.substr(0, bad);
    result += "\ufffd";
  }
  return result += text;
}

}  // namespace sgtm
