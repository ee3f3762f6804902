#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/matrix.hpp"

// JSON from outside: nothing in it is trusted.

namespace sgtm {

/// Why a text is not JSON, is nested deeper than 64 levels, or has a key twice, goes into `fault`.
template <class Json>
Json try_json(std::string_view text, std::string& fault);

/// Throws Error for such a text, naming where it stands.
template <class Json>
Json parse_json(std::string_view text, const std::string& where);

/// The JSON of a file, of any form.
nlohmann::ordered_json read_json(const fs::path& path);

/// A whole number from `low` to `high`; other JSON throws std::out_of_range.
template <class Json>
Index whole(const Json& value, Index low, Index high) {
  if (value.is_number_integer() && !(value.is_number_unsigned() && value.template get<std::uint64_t>() > 1ull << 62))
    if (const auto number = value.template get<std::int64_t>(); number >= low && number <= high) return number;
  throw std::out_of_range(fmt::format("{} is no whole number from {} to {}", value.dump(), low, high));
}

}  // namespace sgtm
