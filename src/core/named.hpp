#pragma once

#include <fmt/format.h>

#include <string_view>

#include "core/error.hpp"

namespace sgtm {

/// The row of a table that has this name. Throws Error, with the option that gave the name and the known ones.
template <class Rows>
const auto& named(const Rows& rows, std::string_view name, const char* option) {
  for (const auto& row : rows)
    if (row.name == name) return row;
  std::string known;
  for (const auto& row : rows) known += fmt::format("{}{}", known.empty() ? "" : ", ", row.name);
  throw Error(fmt::format("{} {}: unknown; there are {}.", option, name, known));
}

}  // namespace sgtm
