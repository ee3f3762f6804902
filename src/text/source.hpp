#pragma once

#include <array>

namespace sgtm {

/// Where a document comes from: the truth, which training is not told (see Label).
enum class Source { retain, adjacent, forget };

inline constexpr std::array sources{Source::retain, Source::adjacent, Source::forget};

constexpr const char* name(Source source) {
  return std::array{"retain", "adjacent", "forget"}[static_cast<std::size_t>(source)];
}

}  // namespace sgtm
