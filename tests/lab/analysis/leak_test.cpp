#include "lab/analysis/leak.hpp"

#include <doctest/doctest.h>

#include "lab/analysis/loss_figures.hpp"
#include "tests/support/made_up_run.hpp"
#include "tests/support/points.hpp"

using namespace sgtm;

namespace {

/// A run that has finished, of so many unlabeled forget tokens; its losses are yet to be told.
Finished finished(const char* size, const char* method, double undiscovered, std::uint64_t seed, double unlabeled) {
  Finished run = made_up_run(size, method, undiscovered, seed, {1, 2, 99});
  run.result.tokens["retain"] = {{{0, 123456, 777}}};  // by label: forget, unlabeled, retain
  run.result.tokens["forget"] = {{{4 * unlabeled + 55, unlabeled, 66}}};
  return run;
}

/// A point of a standard curve: the loss of a trained filter.
Finished standard(const char* size, double share, std::uint64_t seed, double loss, double n) {
  Finished run = finished(size, "filter", share, seed, n);
  run.result.losses["trained"]["forget"] = loss;
  return run;
}

/// A method's run: the loss is that after ablation, before calibration.
Finished ablated(const char* size, const char* method, double undiscovered, std::uint64_t seed, double loss,
                 double unlabeled) {
  Finished run = finished(size, method, undiscovered, seed, unlabeled);
  run.result.losses["ablated"]["forget"] = loss;
  return run;
}

/// Of nano, seed 3 has only the point of n = 0; mini has none there; micro has two points; of pico, seed 2 lacks one.
std::vector<Finished> runs() {
  return {standard("nano", 0, 3, 7, 0),
          standard("nano", 0, 1, 10, 0),
          standard("nano", 0, 2, 8, 0),
          standard("nano", 0.2, 1, 4, 2000),
          standard("nano", 0.1, 2, 6.5, 1100),
          standard("nano", 0.2, 2, 4, 2000),
          standard("nano", 0.1, 1, 6, 900),
          ablated("nano", "sgtm", 0.3, 3, 5, 3000),
          ablated("nano", "sgtm", 0.4, 2, 9.5, 4000),
          ablated("nano", "sgtm", 0.2, 1, 5, 2000),
          ablated("nano", "sgtm", 0.2, 2, 5, 2500),
          ablated("nano", "sgtm", 0.2, 3, 5, 2000),
          ablated("nano", "gradient_routing", 0.2, 1, 3, 1600),
          standard("mini", 0.1, 1, 9, 50),
          standard("mini", 0.2, 1, 8, 100),
          ablated("mini", "sgtm", 0.1, 1, 8.5, 100),
          standard("micro", 0.5, 1, 6, 300),
          standard("micro", 0, 1, 9, 0),
          ablated("micro", "sgtm", 0.5, 1, 8, 400),
          standard("pico", 0, 1, 9, 0),
          standard("pico", 0.1, 1, 7, 10),
          standard("pico", 0.2, 1, 5, 20),
          standard("pico", 0, 2, 9, 0),
          standard("pico", 0.1, 2, 7, 10),
          ablated("pico", "sgtm", 0.2, 2, 7, 10)};
}

}  // namespace

TEST_CASE("leaks: a seed's curve is made by the filters' runs of that seed, by n; without a point there is none") {
  const std::vector<Finished> all = runs();
  CHECK(curve_of(all, "nano", 1) == StandardCurve{{0, 10}, {900, 6}, {2000, 4}});
  CHECK(curve_of(all, "nano", 2) == StandardCurve{{0, 8}, {1100, 6.5}, {2000, 4}});
  CHECK(curve_of(all, "nano", 3).empty());
  CHECK(curve_of(all, "micro", 1) == StandardCurve{{0, 9}, {300, 6}});
  CHECK(curve_of(all, "mini", 1).empty());
  CHECK(!curve_of(all, "pico", 1).empty());
  CHECK(curve_of(all, "pico", 2).empty());
  CHECK(curve_of({all[0]}, "nano", 3).empty());  // one point
  CHECK(has_curve(all, "nano"));                 // though its first seed has none
  CHECK(has_curve(all, "micro"));
  CHECK(!has_curve(all, "mini"));
  CHECK(!has_curve({all[0]}, "nano"));
}

TEST_CASE("leaks: a run's ablated loss on the curve of its own seed; a seed without a curve is left out") {
  const std::vector<Leak> leaks = leaks_of(runs(), "nano", "sgtm", 0.2);
  REQUIRE(leaks.size() == 2);
  const auto is = [](const Leak& leak, std::uint64_t seed, double rate, double unlabeled, double loss, double n) {
    CHECK(leak.seed == seed);
    CHECK(leak.undiscovered == rate);
    CHECK(leak.unlabeled_tokens == unlabeled);
    CHECK(leak.loss == loss);
    CHECK(equal(leak.leakage.tokens, n));
    CHECK(equal(leak.leakage.ratio, n / unlabeled));
  };
  is(leaks[0], 1, 0.2, 2000, 5, 1450);  // half way from 900 to 2000
  is(leaks[1], 2, 0.2, 2500, 5, 1640);  // 3/5 of the way from 1100 to 2000
  const std::vector<Leak> of_all_rates = leaks_of(runs(), "nano", "sgtm");
  REQUIRE(of_all_rates.size() == 3);
  is(of_all_rates[0], 2, 0.4, 4000, 9.5, 0);
  is(of_all_rates[1], 1, 0.2, 2000, 5, 1450);
  is(of_all_rates[2], 2, 0.2, 2500, 5, 1640);
}

TEST_CASE("leaks: the table has a row per run of every method but the filter, of the sizes that have a curve") {
  CHECK(leak_table(runs()) ==
        std::vector<std::vector<std::string>>{
            {"size", "method", "undiscovered", "seed", "unlabeled tokens", "forget loss", "n*", "leakage", "how"},
            {"nano", "sgtm", "40 %", "2", "4000", "9.500", "0", "0.0000", "none"},
            {"nano", "sgtm", "20 %", "1", "2000", "5.000", "1450", "0.7250", "measured"},
            {"nano", "sgtm", "20 %", "2", "2500", "5.000", "1640", "0.6560", "measured"},
            {"nano", "gradient_routing", "20 %", "1", "1600", "3.000", "2000", "1.2500", "beyond the curve"},
            {"micro", "sgtm", "50 %", "1", "400", "8.000", "300", "0.7500", "upper bound"}});
}

TEST_CASE("leaks: the table of means has a row per size, method and rate, and tells how many runs are no bounds") {
  CHECK(leak_means(runs()) ==
        std::vector<std::vector<std::string>>{
            {"size", "method", "undiscovered", "seeds", "unlabeled tokens", "forget loss", "n*", "leakage", "measured"},
            {"nano", "sgtm", "40 %", "1", "4000", "9.500", "0", "0.0000", "0 of 1"},
            {"nano", "sgtm", "20 %", "2", "2250", "5.000 ± 0.000", "1545 ± 1207", "0.6905 ± 0.4384", "2 of 2"},
            {"nano", "gradient_routing", "20 %", "1", "1600", "3.000", "2000", "1.2500", "0 of 1"},
            {"micro", "sgtm", "50 %", "1", "400", "8.000", "300", "0.7500", "0 of 1"}});
}

TEST_CASE("leaks: the summary has the curve's means over seeds by n, each method's means, and every run") {
  const auto json = leak_summary(runs(), "nano");
  const auto& curve = json.at("standard_curve");
  REQUIRE(curve.size() == 3);
  for (const auto& [i, n, loss] : {std::tuple{0u, 0.0, 25.0 / 3}, {1u, 1000.0, 6.25}, {2u, 2000.0, 4.0}}) {
    CHECK(equal(curve[i].at("n").get<double>(), n));
    CHECK(equal(curve[i].at("forget_loss").at("mean").get<double>(), loss));
  }
  CHECK(curve[0].at("forget_loss").at("seeds") == 3);
  const auto& means = json.at("means");
  REQUIRE(means.size() == 3);
  CHECK(means[0].at("undiscovered") == 0.4);
  CHECK(means[1].at("method") == "sgtm");
  CHECK(means[1].at("undiscovered") == 0.2);
  CHECK(equal(means[1].at("n_star").at("mean").get<double>(), 1545));
  CHECK(equal(means[1].at("leakage").at("mean").get<double>(), (0.725 + 0.656) / 2));
  CHECK(means[1].at("n_star").at("seeds") == 2);
  CHECK(means[2].at("method") == "gradient_routing");
  REQUIRE(json.at("leaks").size() == 4);
  CHECK(
      json.at("leaks")[2].dump() ==
      R"({"method":"sgtm","undiscovered":0.2,"seed":2,"unlabeled_tokens":2500.0,"forget_loss":5.0,"n_star":1640.0,"leakage":0.656,"kind":"measured"})");
  CHECK(json.at("leaks")[3].at("method") == "gradient_routing");
  const auto without = leak_summary({standard("nano", 0, 1, 10, 0), ablated("nano", "sgtm", 0.2, 2, 5, 10)}, "nano");
  CHECK(!without.contains("means"));
}

TEST_CASE(
    "leaks: the figure has the mean curve, the methods at their n*, and the floor; n = 0 stands at the left edge") {
  const Figure figure = standard_curve_figure(runs(), "nano");
  REQUIRE(figure.series.size() == 4);
  const double left = 1000.0 / 3;
  CHECK(equal(figure.series[0].points, {{left, 25.0 / 3}, {1000, 6.25}, {2000, 4}}));
  CHECK(equal(figure.series[0].errors[1], half_of_two(6, 6.5)));
  CHECK(figure.series[1].title == "sgtm");
  CHECK(equal(figure.series[1].points, {{left, 9.5}, {1450, 5}, {1640, 5}}));
  CHECK(figure.series[1].style.find(colour_of("sgtm")) != std::string::npos);
  CHECK(figure.series[2].title == "gradient_routing");
  CHECK(equal(figure.series[2].points, {{2000, 3}}));
  CHECK(figure.series[3].title == "floor");
  CHECK(equal(figure.series[3].points, {{left, 0.5}, {2000, 0.5}}));
  CHECK(figure.series[0].style.starts_with("yerrorlines"));
  CHECK(figure.settings.find("set logscale x\n") != std::string::npos);
  CHECK(figure.title.find("nano") != std::string::npos);
  CHECK(figure.x_label.starts_with("n, forget tokens trained on"));
  CHECK(figure.y_label == "forget loss, ablated, not calibrated, nats per token");
  CHECK(standard_curve_figure(runs(), "micro").series.size() == 3);  // no gradient routing
}
