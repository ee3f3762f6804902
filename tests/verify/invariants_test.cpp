#include "verify/invariants.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/small_model.hpp"
#include "verify/specimen.hpp"

using namespace sgtm;

namespace {

constexpr InvariantSize small{120, 12, 1};

bool holds(const std::vector<Invariant>& all) {
  return std::none_of(all.begin(), all.end(),
                      [](const Invariant& i) { return i.verdict == Invariant::Verdict::wrong; });
}

}  // namespace

TEST_CASE("verify invariants: entries that differ are counted, whichever is larger, in the ranges and nowhere else") {
  const ModelConfig config = small_config();
  const Layout layout(config);
  Flat<float> a = Flat<float>::Zero(layout.size), b = a;
  const Tensor& inside = layout.blocks[0].w_1;
  b[inside.offset] = 1, b[inside.offset + 1] = -1, b[inside.offset + 2] = -0.0f;
  b[layout.blocks[0].w_2.offset] = 1;
  CHECK(differing(a, b, {{&inside, {0, inside.rows}, {0, inside.columns}}}) == 2);
}

TEST_SUITE_BEGIN("slow");

TEST_CASE("verify invariants: all of them hold") {
  const std::vector<Invariant> all = verify_invariants(small, nullptr);
  CHECK(all.size() == 11);
  int measured = 0;
  for (const Invariant& i : all) {
    CAPTURE(i.sentence);
    CAPTURE(i.evidence);
    CHECK(i.verdict != Invariant::Verdict::wrong);
    measured += i.verdict == Invariant::Verdict::measured;
  }
  CHECK(measured == 2);
  // Of what every strategy computes, all was compared.
  const Specimen s = specimen();
  const Index numbers = splitting_strategies() * s.batch.size() * ((s.config.blocks + 1) * s.config.width + 1);
  CHECK(std::any_of(all.begin(), all.end(), [&](const Invariant& i) {
    return i.evidence.find(fmt::format("of {} hidden numbers and losses, 0 differ", numbers)) != std::string::npos;
  }));
}

TEST_CASE("verify invariants: every fault of the optimizer is caught") {
  for (const OptimizerFault& fault : optimizer_faults) {
    CAPTURE(fault.name);
    CHECK_FALSE(holds(verify_invariants(small, &fault)));
  }
  CHECK_THROWS_WITH_AS(named(optimizer_faults, "typo", "--fault"), doctest::Contains("there are momentum-moves-frozen"),
                       Error);
}

TEST_SUITE_END();
