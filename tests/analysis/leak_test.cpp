#include "analysis/leak.hpp"

#include <doctest/doctest.h>

using namespace sgtm;

namespace {

/// A run that has finished with this forget loss, of so many unlabeled forget tokens.
Finished made_up(const std::string& method, double undiscovered, std::uint64_t seed, double forget, double tokens) {
  Finished run{{"nano", method, undiscovered, {}, {}}, {}};
  run.plan.config.seed = seed;
  const nlohmann::ordered_json losses{{"forget", forget}};
  run.result = {{"losses", {{"trained", losses}, {"ablated", losses}}},
                {"tokens", {{"forget", {{"unlabeled", tokens}}}}}};
  return run;
}

}  // namespace

TEST_CASE("leaks: a run's loss on the curve that the filters' runs of its seed make; a seed without one is not told") {
  const std::vector<Finished> all{made_up("filter", 0, 1, 10, 0),     made_up("filter", 0, 2, 8, 0),
                                  made_up("filter", 0.1, 2, 6, 1100), made_up("filter", 0.2, 1, 4, 2000),
                                  made_up("filter", 0.2, 2, 4, 2000), made_up("filter", 0.1, 1, 6, 900),
                                  made_up("sgtm", 0.2, 1, 5, 2000),   made_up("sgtm", 0.4, 2, 9.5, 4000),
                                  made_up("filter", 0, 3, 7, 0),      made_up("sgtm", 0.2, 3, 5, 2000)};
  CHECK(curve_of(all, "nano", 1) == StandardCurve{{0, 10}, {900, 6}, {2000, 4}});
  CHECK(curve_of(all, "nano", 3).empty());
  CHECK(has_curve(all, "nano"));
  CHECK(!has_curve({all[8], all[9]}, "nano"));
  const std::vector<Leak> leaks = leaks_of(all, "nano", "sgtm");
  REQUIRE(leaks.size() == 2);
  CHECK(leaks[0].leakage.tokens == doctest::Approx(1450));
  CHECK(leaks[0].leakage.ratio == doctest::Approx(0.725));
  CHECK(leaks[1].leakage.kind == LeakageKind::none);
  std::vector<Finished> another_order = all;
  std::swap(another_order[2], another_order[9]);
  std::swap(another_order[5], another_order[8]);
  const auto means = leak_summary(another_order, "nano")["standard_curve"];
  REQUIRE(means.size() == 3);  // by rising n, whichever run came first
  CHECK(means[1]["n"] == 1000);
  CHECK(means[1]["forget_loss"]["mean"] == 6);
  CHECK(means[2]["n"] == 2000);
}
