#pragma once

#include <fmt/format.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sgtm {

/// FNV-1a, 64 bits: the same on every machine, which std::hash is not.
struct Hash {
  std::uint64_t value = 0xcbf29ce484222325;
  void add(std::uint64_t piece) { value = (value ^ piece) * 0x100000001b3; }
};

/// Of bytes that come piece by piece, however they are cut. Eight at a time, because data sets are large.
class Digest {
 public:
  void add(const void* bytes, std::size_t size) {
    for (const auto* at = static_cast<const unsigned char*>(bytes); size > 0; ++at, --size) {
      if (held_ == 0 && size >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, 8);
        mix(word);
        at += 7, size -= 7;
        continue;
      }
      word_ |= static_cast<std::uint64_t>(*at) << (8 * held_);
      if (++held_ == 8) mix(word_), word_ = 0, held_ = 0;
    }
  }
  std::uint64_t value() const {
    Digest whole = *this;
    whole.mix(word_);
    whole.mix(static_cast<std::uint64_t>(held_));
    return whole.hash_.value;
  }

 private:
  void mix(std::uint64_t word) {
    hash_.add(word);
    hash_.value = std::rotl(hash_.value, 29);
  }
  Hash hash_;
  std::uint64_t word_ = 0;
  int held_ = 0;  // bytes in `word_`
};

/// Of a text's bytes, as 16 hexadecimal digits.
inline std::string hash_of(std::string_view text) {
  Hash hash;
  for (const char c : text) hash.add(static_cast<unsigned char>(c));
  return fmt::format("{:016x}", hash.value);
}

}  // namespace sgtm
