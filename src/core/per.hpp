#pragma once

#include <array>

namespace sgtm {

/// One value for each key of an enum with three: of each Label, Source or Owner.
template <class Key, class Value>
struct Per : std::array<Value, 3> {
  Value& operator[](Key key) { return this->at(static_cast<std::size_t>(key)); }
  const Value& operator[](Key key) const { return this->at(static_cast<std::size_t>(key)); }
};

}  // namespace sgtm
