#include "core/random.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <set>

using namespace sgtm;

TEST_CASE("random: a stream is a function of its seed, purpose and number") {
  CHECK(Random(1, "a", 2).below(1u << 30) == Random(1, "a", 2).below(1u << 30));
  std::set<std::uint64_t> firsts;
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    for (const char* purpose : {"a", "b", "ab"})
      for (std::uint64_t number = 0; number < 10; ++number) firsts.insert(Random(seed, purpose, number).below(~0ull));
  CHECK(firsts.size() == 300);
}

TEST_CASE("random: the same numbers on every platform") {
  std::vector<int> items{1, 2, 3, 4, 5, 6, 7, 8};
  Random(7, "platform").shuffle(items);
  // Written down once; a change here changes every story and every run.
  CHECK(items == std::vector<int>{7, 2, 4, 1, 5, 6, 3, 8});
}

TEST_CASE("random: uniform, normal and below have the moments that they should") {
  Random random(3, "moments");
  const int n = 200000;
  double sum = 0, squares = 0, uniform = 0;
  std::vector<int> counts(7);
  for (int i = 0; i < n; ++i) {
    const double x = random.normal();
    sum += x, squares += x * x;
    const double u = random.uniform();
    CHECK_UNARY(u >= 0 && u < 1);
    uniform += u;
    ++counts[random.below(7)];
  }
  CHECK(std::abs(sum / n) < 5 / std::sqrt(n));
  CHECK(std::abs(squares / n - 1) < 5 * std::sqrt(2.0 / n));
  CHECK(std::abs(uniform / n - 0.5) < 5 * std::sqrt(1.0 / 12 / n));
  for (const int count : counts) CHECK(std::abs(count - n / 7.0) < 5 * std::sqrt(n / 7.0));
}

TEST_CASE("random: draws that would favour small results are drawn again") {
  const std::uint64_t bound = (1ull << 63) + 1;  // so that almost half of the draws lie beyond its largest multiple
  Random random(5, "beyond"), same(5, "beyond");
  int again = 0;
  for (int i = 0; i < 50; ++i) {
    std::uint64_t raw = same.below(std::mt19937_64::max());  // the draw itself
    for (; raw >= bound; ++again) raw = same.below(std::mt19937_64::max());
    CHECK(random.below(bound) == raw);
  }
  CHECK(again > 10);
}
