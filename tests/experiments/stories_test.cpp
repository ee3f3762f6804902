// What the experiments on languages say of made-up results whose answer is known.
#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "cli/commands.hpp"
#include "core/named.hpp"
#include "experiments/experiment.hpp"
#include "tests/support/verdicts.hpp"

using namespace sgtm;
using nlohmann::ordered_json;

namespace {

/// An experiment's whole table, two seeds, as if its runs had had these results.
Analysis analysis_of(const char* experiment, const std::string& size,
                     const std::function<ordered_json(const PlannedRun&)>& result_of) {
  const auto preset = [](const std::string& name) { return parse_settings({"--preset", name}); };
  std::vector<Finished> all;
  for (const PlannedRun& plan : named(experiments(), experiment, "experiment").runs({size, 2, false, preset})) {
    all.push_back({plan, result_of(plan)});
    all.back().result["floor"] = {{"retain", nullptr}, {"forget", nullptr}};
  }
  return named(experiments(), experiment, "experiment").analyse(all);
}

/// These losses in every state.
ordered_json losses(double retain, double forget) {
  const ordered_json both{{"retain", retain}, {"forget", forget}};
  return {{"losses", {{"trained", both}, {"ablated", both}, {"calibrated", both}}}};
}

}  // namespace

TEST_CASE("undiscovered: forget losses are claimed above, retain losses between filter's and gradient routing's") {
  const Analysis analysis = analysis_of("undiscovered", "nano", [](const PlannedRun& run) {
    if (run.method == "sgtm") return losses(2.2, 5);
    return run.method == "filter" ? losses(2, 3) : losses(2.3, 4.5);
  });
  const std::string at = "20 % undiscovered: SGTM's ";
  CHECK(outcome(analysis, at + "forget loss is above that of filter") == "shows, 2.00");
  CHECK(outcome(analysis, at + "forget loss is above that of gradient_routing") == "shows, 0.50");
  CHECK(outcome(analysis, at + "retain loss is above that of filter") == "shows, 0.20");
  CHECK(outcome(analysis, at + "retain loss is below that of gradient_routing") == "shows, -0.10");
}

TEST_CASE("tradeoff: leads are read off the other's course at SGTM's final English") {
  const Analysis analysis = analysis_of("tradeoff", "nano", [](const PlannedRun& run) {
    ordered_json result = losses(2, 3);
    result["steps"] = 40;
    const auto evaluate = [&](int step, double retain, double forget) {
      for (const auto& [source, loss] : {std::pair{"retain", retain}, {"forget", forget}})
        result["evaluations"].push_back({{"step", step}, {"state", "calibrated"}, {"source", source}, {"loss", loss}});
    };
    const bool sgtm = run.method == "sgtm", perfect = run.method == "filter" && run.undiscovered == 0;
    evaluate(10, 4, perfect ? 8 : 5);
    evaluate(20, 3, perfect ? 8 : 4);
    evaluate(40, sgtm ? 2.5 : 2, perfect ? 8 : sgtm ? 6 : 3);
    return result;
  });
  const std::string at = "20 % undiscovered: ";
  CHECK(outcome(analysis, at + "at the English of its end, SGTM has forgotten more than filter") == "shows, 2.50");
  CHECK(outcome(analysis, at + "at the English of its end, SGTM is less than 1 nat below") == "does not show, -2.00");
  CHECK(outcome(analysis, at + "SGTM's English at the end is the filter's at 80 %") == "does not show, 0.75");
}

TEST_CASE("token losses: quantiles lie within the bins of a histogram") {
  const Analysis analysis = analysis_of("token-losses", "nano", [](const PlannedRun& run) {
    const std::vector<int> counts = run.method == "sgtm" ? std::vector{0, 0, 4, 4, 4, 4} : std::vector{4, 4, 4, 4};
    ordered_json result = losses(2, 3);
    result["token_losses"] = {{"bin", 0.25}, {"counts", {{"forget", counts}}}};
    return result;
  });
  CHECK(analysis.table[1][3] == "0.100 ± 0.000");
  CHECK(analysis.table[1][5] == "0.500 ± 0.000");
  CHECK(outcome(analysis, "SGTM's lower quartile is above the unfiltered model's median") == "shows, 0.25");
}

TEST_CASE("classifier grid: a price is SGTM's English above the filter's, by the classifier's mistakes") {
  const Analysis analysis = analysis_of("classifier-grid", "nano", [](const PlannedRun& run) {
    const double mistakes = run.undiscovered + run.config.labels.false_positive_rate.value_or(0);  // 0 to 0.7
    return run.method.starts_with("sgtm") ? losses(2.5 - mistakes / 2, 6) : losses(2, 2 + run.undiscovered);
  });
  CHECK(outcome(analysis, "TPR 0.8, FPR 0.05: SGTM forgets more than the filter") == "shows, 3.80");
  CHECK(outcome(analysis, "price in English is smaller") == "shows, -0.35");
}

TEST_CASE("absorption: shares and slopes at the end, and before training; losses by when labels are given") {
  const Analysis analysis = analysis_of("absorption", "nano", [](const PlannedRun& run) {
    ordered_json result = losses(2, run.method == "labels in the last half" ? 3 : 8);
    const auto add = [&](int step, const char* source, double share, double gate) {
      result["gradients"].push_back({{"step", step},
                                     {"labeled_forget_tokens", 10 * step},
                                     {"source", source},
                                     {"absorbed_share", share},
                                     {"forget_gate", gate}});
    };
    add(0, "forget", 0.3, 0), add(0, "retain", 0.3, 0);
    add(40, "forget", 0.7, -0.2), add(40, "retain", 0.1, 0.1);
    return result;
  });
  CHECK(outcome(analysis, "sgtm: unlabeled forget documents put a larger share") == "shows, 0.60");
  CHECK(outcome(analysis, "at the end that share is larger than before training") == "shows, 0.40");
  CHECK(outcome(analysis, "forget documents ask for more of the forget part") == "shows, -0.20");
  CHECK(outcome(analysis, "labels in the last half alone make it forget less") == "shows, 5.00");
  CHECK(outcome(analysis, "labels in the first half alone make it forget less") == "can't tell, 0.00");
}

TEST_CASE("gradient norms: logarithms of late documents, forget minus retain") {
  const Analysis analysis = analysis_of("gradient-norms", "nano", [](const PlannedRun&) {
    ordered_json result = losses(2, 8);
    const auto add = [&](int step, const char* source, double on_forget, double on_retain) {
      result["gradients"].push_back({{"step", step},
                                     {"source", source},
                                     {"forget_norms", {on_forget, on_forget}},
                                     {"retain_norms", {on_retain, on_retain}}});
    };
    add(4, "forget", 1, 1), add(4, "retain", 1, 1);
    add(40, "forget", 0.1, 0.01), add(40, "retain", 0.001, 0.1);
    return result;
  });
  CHECK(outcome(analysis, "forget documents move forget parameters more") == "shows, 2.00");
  CHECK(outcome(analysis, "forget documents move retain parameters less") == "shows, -1.00");
  CHECK(outcome(analysis, "the separation on retain parameters is weaker") == "shows, 1.00");
}

TEST_CASE("scaling: the exponent of the measured runs; a run left of the curve's first point is a bound, and told") {
  const Analysis analysis = analysis_of("scaling", "0.25M", [](const PlannedRun& run) {
    const bool large = run.size == "0.25M", second = run.config.seed == 2;
    const double unlabeled = 1e6 * run.undiscovered, leakage = !large ? 0.04 : second ? 0.01 : 0.02;
    const double n = run.method == "filter" ? unlabeled : leakage * unlabeled;
    ordered_json result = losses(2, 10 - 1e-6 * n);  // a standard curve that is straight
    result["tokens"]["forget"]["unlabeled"] = unlabeled;
    return result;
  });
  const auto &at_5 = analysis.summary["fits"][0], &at_10 = analysis.summary["fits"][1];
  CHECK(at_5["left out, not measured"] == 1);  // 500 tokens, and the curve begins at 600
  CHECK(at_5["law"]["points"] == 3);
  CHECK(at_10["left out, not measured"] == 0);
  CHECK(at_10["law"]["points"] == 4);
  const double fall = std::log(std::sqrt(0.02 * 0.01) / 0.04);
  CHECK(at_10["law"]["b"].get<double>() == doctest::Approx(fall / std::log(269344.0 / 122896)));
  const auto& without = analysis.summary["fits"][5];
  CHECK(without["figure"] == "scaling-without-embeddings");
  CHECK(without["law"]["b"].get<double>() == doctest::Approx(fall / std::log(56352.0 / 14352)));
  bool told = false;
  for (const Series& series : analysis.figures[2].second.series) told = told || series.title == "5 %, at most";
  CHECK(told);
}
