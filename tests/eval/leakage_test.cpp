#include "eval/leakage.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sgtm;

TEST_CASE("leakage: by interpolation on the standard curve; censored where the curve ends") {
  const StandardCurve curve{{0, 10}, {100, 8}, {1000, 6}, {10000, 3}};
  const auto is = [&](double loss, LeakageKind kind, double tokens) {
    const Leakage found = leakage(curve, loss, 20000);
    CHECK(found.kind == kind);
    CHECK(found.tokens == doctest::Approx(tokens));
    CHECK(found.ratio == doctest::Approx(tokens / 20000));
  };
  is(10.5, LeakageKind::none, 0);
  is(10, LeakageKind::none, 0);
  is(9.99, LeakageKind::upper_bound, 100);
  is(8, LeakageKind::upper_bound, 100);
  is(7.5, LeakageKind::measured, 325);
  is(6, LeakageKind::measured, 1000);  // a filter leaks all that it misses
  is(4.5, LeakageKind::measured, 5500);
  is(3, LeakageKind::measured, 10000);
  is(2.99, LeakageKind::beyond, 10000);
}

TEST_CASE("leakage: without unlabeled tokens the ratio is 0, and n* stands") {
  const Leakage found = leakage({{0, 10}, {100, 8}, {1000, 6}}, 7, 0);
  CHECK(found.ratio == 0);
  CHECK(found.tokens == doctest::Approx(550));
  CHECK(leakage({{0, 10}, {100, 8}, {1000, 6}}, 7, 0.5).ratio == doctest::Approx(1100));
}

TEST_CASE("leakage: where noise makes the curve rise, the first place where it falls to the loss") {
  const StandardCurve late_rise{{0, 10}, {100, 8}, {200, 6}, {300, 7}, {400, 5}};
  CHECK(leakage(late_rise, 6.5, 1).tokens == doctest::Approx(175));
  CHECK(leakage(late_rise, 5.5, 1).tokens == doctest::Approx(375));
  const StandardCurve early_rise{{0, 10}, {100, 8}, {200, 9}, {300, 5}};
  CHECK(leakage(early_rise, 8.5, 1).kind == LeakageKind::upper_bound);
  CHECK(leakage(early_rise, 7, 1).tokens == doctest::Approx(250));
}

TEST_CASE("leakage: a curve of two points bounds what it can't measure") {
  CHECK(leakage({{0, 10}, {100, 8}}, 9, 1).kind == LeakageKind::upper_bound);
  CHECK(leakage({{0, 10}, {100, 8}}, 7, 1).kind == LeakageKind::beyond);
  CHECK(leakage({{0, 10}, {100, 8}}, 7, 1).tokens == 100);
}

TEST_CASE("leakage: tables name its kinds") {
  CHECK(name(LeakageKind::measured) == std::string("measured"));
  CHECK(name(LeakageKind::none) == std::string("none"));
  CHECK(name(LeakageKind::upper_bound) == std::string("upper bound"));
  CHECK(name(LeakageKind::beyond) == std::string("beyond the curve"));
}
