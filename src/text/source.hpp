#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace sgtm {

/// What training is told about a document: the labels of a batch. A data set's files hold them as 0, 1 and 2.
enum class Label { forget, unlabeled, retain };

/// Where a document comes from: the truth, which training is not told (see Label). Of documents that somebody has
/// labeled nobody may know it.
enum class Source { retain, adjacent, forget, unknown };

inline constexpr std::array labels{Label::forget, Label::unlabeled, Label::retain};
/// What can be measured: held-out documents come from these.
inline constexpr std::array sources{Source::retain, Source::adjacent, Source::forget};
/// Where training documents can come from.
inline constexpr std::array training_sources{Source::retain, Source::adjacent, Source::forget, Source::unknown};

constexpr const char* name(Label label) {
  return std::array{"forget", "unlabeled", "retain"}[static_cast<std::size_t>(label)];
}
constexpr const char* name(Source source) {
  return std::array{"retain", "adjacent", "forget", "unknown"}[static_cast<std::size_t>(source)];
}

/// Nothing for an unknown name.
constexpr std::optional<Label> label_of(std::string_view name) {
  for (const Label label : labels)
    if (name == sgtm::name(label)) return label;
  return {};
}
constexpr std::optional<Source> source_of(std::string_view name) {
  for (const Source source : training_sources)
    if (name == sgtm::name(source)) return source;
  return {};
}

/// How many keys an enum has: three in Label and Owner, four in Source.
template <class Key>
inline constexpr std::size_t keys_of = 3;
template <>
inline constexpr std::size_t keys_of<Source> = 4;

/// One value for each key of an enum: of each Label, Source or Owner.
template <class Key, class Value>
struct Per : std::array<Value, keys_of<Key>> {
  Value& operator[](Key key) { return this->at(static_cast<std::size_t>(key)); }
  const Value& operator[](Key key) const { return this->at(static_cast<std::size_t>(key)); }
};

/// What is known of each label is a record (core/record.hpp).
template <class Value>
void for_each_part(Per<Label, Value>& per, auto visit) {
  for (const Label label : labels) visit(name(label), per[label]);
}
template <class Value>
void for_each_part(const Per<Label, Value>& per, auto visit) {
  for (const Label label : labels) visit(name(label), per[label]);
}

}  // namespace sgtm
