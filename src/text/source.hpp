#pragma once

#include <optional>
#include <string_view>

#include "core/per.hpp"

namespace sgtm {

/// Where a document comes from: the truth, which training is not told (see Label). Of documents that somebody has
/// labeled nobody may know it.
enum class Source { retain, adjacent, forget, unknown };

template <>
inline constexpr std::size_t keys_of<Source> = 4;

/// What can be measured: held-out documents come from these.
inline constexpr std::array sources{Source::retain, Source::adjacent, Source::forget};
/// Where training documents can come from.
inline constexpr std::array training_sources{Source::retain, Source::adjacent, Source::forget, Source::unknown};

constexpr const char* name(Source source) {
  return std::array{"retain", "adjacent", "forget", "unknown"}[static_cast<std::size_t>(source)];
}

/// Nothing for what is no source's name.
constexpr std::optional<Source> source_of(std::string_view name) {
  for (const Source source : training_sources)
    if (name == sgtm::name(source)) return source;
  return {};
}

}  // namespace sgtm
