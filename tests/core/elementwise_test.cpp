#include "core/elementwise.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace sgtm;

TEST_CASE("elementwise: a result does not depend on where in an array it stands") {
  std::vector<float> x(100), whole(100);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.17f * static_cast<float>(i) - 8;
  const auto exp = [](const Lanes<float>& v) { return Lanes<float>(v.exp()); };
  by_lanes(x.data(), whole.data(), 100, exp);
  for (std::size_t begin = 0; begin < 20; ++begin)
    for (std::size_t size = 1; size < 40; ++size) {
      std::vector<float> part(size);
      by_lanes(x.data() + begin, part.data(), static_cast<Index>(size), exp);
      CHECK(part == std::vector<float>(whole.begin() + static_cast<std::ptrdiff_t>(begin),
                                       whole.begin() + static_cast<std::ptrdiff_t>(begin + size)));
    }
}

TEST_CASE("elementwise: a sum is that of its terms, and does not depend on where in an array they stand") {
  std::vector<float> x(100);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(static_cast<float>(i));
  const auto plus_one = [](const Lanes<float>& v) { return Lanes<float>(v + 1); };
  for (std::size_t begin = 0; begin < 20; ++begin)
    for (std::size_t size = 0; size < 40; ++size) {
      double sum = 0;
      for (std::size_t i = begin; i < begin + size; ++i) sum += static_cast<double>(x[i]) + 1;
      const float found = sum_by_lanes(x.data() + begin, static_cast<Index>(size), plus_one);
      CHECK(std::abs(found - sum) < 1e-5);
      const std::vector<float> alone(x.begin() + static_cast<std::ptrdiff_t>(begin),
                                     x.begin() + static_cast<std::ptrdiff_t>(begin + size));
      CHECK(found == sum_by_lanes(alone.data(), static_cast<Index>(size), plus_one));
    }
}
