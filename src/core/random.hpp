#pragma once

#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

namespace sgtm {

/// Random numbers that are the same on every platform: a standard integer generator, and by hand what the standard
/// library leaves open (its distributions and shuffle differ between implementations).
///
/// A stream is named by a seed, a purpose and a number ("order of the forget pool", epoch 3), so that any part of a run
/// can be repeated without replaying what came before it.
class Random {
 public:
  Random(std::uint64_t seed, std::string_view purpose, std::uint64_t number = 0);

  /// Uniform on the integers 0 ... bound - 1; bound > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform on [0, 1), in steps of 2^-53.
  double uniform();
  /// Standard normal, by Box and Muller (1958).
  double normal();
  /// Fisher and Yates; every order equally likely.
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::mt19937_64 generator_;
};

}  // namespace sgtm
