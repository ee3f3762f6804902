#include "train/schedule.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace sgtm;

TEST_CASE("schedule: a line from a tenth of the peak, then half a cosine to 0") {
  const Schedule schedule{1, 10, 110};
  CHECK(schedule.rate(0) == doctest::Approx(0.1));
  CHECK(schedule.rate(5) == doctest::Approx(0.55));
  CHECK(schedule.rate(10) == doctest::Approx(1));
  CHECK(schedule.rate(35) == doctest::Approx(0.5 * (1 + std::sqrt(0.5))));  // an eighth of a turn
  CHECK(schedule.rate(60) == doctest::Approx(0.5));
  CHECK(schedule.rate(110) == doctest::Approx(0).epsilon(1e-12));
  CHECK(Schedule{1, 0, 1}.rate(0) == 1);
  CHECK(Schedule{1, 5, 5}.rate(5) == 1);  // all of it is warmup
}
