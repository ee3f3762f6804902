#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace sgtm {

/// What training is told about a document: the labels of a batch. A data set's files hold them as 0, 1 and 2.
enum class Label { forget, unlabeled, retain };

inline constexpr std::array labels{Label::forget, Label::unlabeled, Label::retain};

constexpr const char* name(Label label) {
  return std::array{"forget", "unlabeled", "retain"}[static_cast<std::size_t>(label)];
}

/// Nothing for an unknown name.
constexpr std::optional<Label> label_of(std::string_view name) {
  for (const Label label : labels)
    if (name == sgtm::name(label)) return label;
  return {};
}

}  // namespace sgtm
