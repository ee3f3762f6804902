#include "lab/analysis/loss_figures.hpp"

#include <doctest/doctest.h>

#include "tests/support/made_up_run.hpp"
#include "tests/support/points.hpp"

using namespace sgtm;

namespace {

/// A run with these calibrated losses by checkpoint, every 5 steps, written from the last to the first.
Finished with_course(const char* method, std::uint64_t seed, const std::vector<OfSources>& points) {
  Finished run = made_up_run("nano", method, 0, seed, {0, 0, 0});
  for (std::size_t i = points.size(); i-- > 0;)
    for (const auto& [source, loss] : points[i].named())
      for (const auto& [state, more] : {std::pair{"trained", 50}, {"ablated", 60}, {"calibrated", 0}})
        run.result.evaluations.push_back({5 * static_cast<Index>(i), state, source, loss + more});
  return run;
}

}  // namespace

TEST_CASE("loss course: two sources' calibrated losses, by step") {
  const Finished run = with_course("sgtm", 1, {{6, 7, 8}, {5, 6.5, 8.5}, {3, 4, 5}});
  CHECK(loss_course(run) == LossCourse{{6, 8}, {5, 8.5}, {3, 5}});
  CHECK(loss_course(run, {"retain", "adjacent"}) == LossCourse{{6, 7}, {5, 6.5}, {3, 4}});
  CHECK(loss_course(run, {"forget", "retain"}) == LossCourse{{8, 6}, {8.5, 5}, {5, 3}});
}

TEST_CASE("loss course: how much more is forgotten at an equal loss on what is kept, seed by seed") {
  const Finished sgtm = with_course("sgtm", 1, {{6, 6, 6}, {3, 4, 5}}),
                 weak = with_course("weak", 1, {{5, 5, 5}, {1, 2, 0}}),
                 sgtm_2 = with_course("sgtm", 2, {{7, 7, 7}, {2, 3, 9}}),
                 weak_2 = with_course("weak", 2, {{8, 9, 8}, {2, 1, 4}}),
                 worse = with_course("weak", 1, {{5, 5, 5}, {4, 4, 4}});
  // Seed 1: at a retain loss of 3 the other's forget loss was 2.5, half way from 5 to 0.
  CHECK(equal(lead_at_end({&sgtm, &sgtm_2}, {&weak_2, &weak}), {2.5, 5}));
  CHECK(equal(lead_at_end({&weak}, {&sgtm}), std::vector<double>{}));  // never so good at retain
  CHECK(equal(lead_at_end({&sgtm}, {&weak}, {"retain", "adjacent"}), {0.5}));
  CHECK(equal(lead_at_end({&sgtm}, {&weak}, {"adjacent", "forget"}), {5 - 10.0 / 3}));
  CHECK(lead_at_end({&sgtm}, {&worse}).empty());
  CHECK(lead_at_end({&sgtm}, {&weak_2}).empty());
}
