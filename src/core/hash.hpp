#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace sgtm {

/// FNV-1a, 64 bits: the same on every machine, which std::hash is not.
struct Hash {
  std::uint64_t value = 0xcbf29ce484222325;
  void add(std::uint64_t piece) { value = (value ^ piece) * 0x100000001b3; }
};

/// Of a text's bytes, as 16 hexadecimal digits.
inline std::string hash_of(std::string_view text) {
  Hash hash;
  for (const char c : text) hash.add(static_cast<unsigned char>(c));
  return fmt::format("{:016x}", hash.value);
}

}  // namespace sgtm
