#pragma once

#include <array>

namespace sgtm {

/// How many keys an enum has: three in Label and Owner, and Source says its own.
template <class Key>
inline constexpr std::size_t keys_of = 3;

/// One value for each key of an enum: of each Label, Source or Owner.
template <class Key, class Value>
struct Per : std::array<Value, keys_of<Key>> {
  Value& operator[](Key key) { return this->at(static_cast<std::size_t>(key)); }
  const Value& operator[](Key key) const { return this->at(static_cast<std::size_t>(key)); }
};

}  // namespace sgtm
