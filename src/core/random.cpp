#include "core/random.hpp"

#include <cmath>
#include <numbers>

namespace sgtm {
namespace {

/// The finalizer of SplitMix64 (Steele et al. 2014): nearby inputs give unrelated outputs.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::uint64_t stream(std::uint64_t seed, std::string_view purpose, std::uint64_t number) {
  std::uint64_t state = mix(seed);
  for (const char letter : purpose) state = mix(state ^ static_cast<unsigned char>(letter));
  return mix(state ^ mix(number));
}

}  // namespace

Random::Random(std::uint64_t seed, std::string_view purpose, std::uint64_t number)
    : generator_(stream(seed, purpose, number)) {}

std::uint64_t Random::below(std::uint64_t bound) {
  // The largest multiple of bound that fits; what lies beyond it would favour small results.
  const std::uint64_t limit = std::mt19937_64::max() - std::mt19937_64::max() % bound;
  std::uint64_t draw = generator_();
  while (draw >= limit) draw = generator_();
  return draw % bound;
}

double Random::uniform() {
  return static_cast<double>(generator_() >> 11) * 0x1p-53;
}

double Random::normal() {
  const double radius = std::sqrt(-2 * std::log(1 - uniform()));
  return radius * std::cos(2 * std::numbers::pi * uniform());
}

}  // namespace sgtm
