#include "lab/analysis/analysis.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/made_up_run.hpp"
#include "tests/support/points.hpp"

using namespace sgtm;

namespace {

const Verdict falls{"it falls", -0.31, -0.125, 0.5, false, 3}, rises{"it rises", 0.25, 1.5, 0.5, true, 4},
    once{"it rises", -HUGE_VAL, HUGE_VAL, 0, true, 1}, never{"it rises", NAN, NAN, 0, true, 0};

}  // namespace

TEST_CASE("verdict: by the whole interval against the threshold, or inconclusive") {
  const auto answer = [](double low, double high, bool above) { return answer_of({"", low, high, 2, above, 3}); };
  CHECK(answer(2.1, 2.3, true) == Answer::supported);
  CHECK(answer(2.0, 2.3, true) == Answer::inconclusive);  // the threshold itself is not beyond it
  CHECK(answer(1.9, 2.3, true) == Answer::inconclusive);
  CHECK(answer(1.7, 2.0, true) == Answer::inconclusive);
  CHECK(answer(1.7, 1.9, true) == Answer::not_supported);
  CHECK(answer(1.7, 1.9, false) == Answer::supported);
  CHECK(answer(1.7, 2.0, false) == Answer::inconclusive);
  CHECK(answer(1.9, 2.3, false) == Answer::inconclusive);
  CHECK(answer(2.0, 2.3, false) == Answer::inconclusive);
  CHECK(answer(2.1, 2.3, false) == Answer::not_supported);
  CHECK(answer_of(once) == Answer::inconclusive);
  CHECK(answer_of(never) == Answer::inconclusive);
}

TEST_CASE("verdict: answers have names") {
  CHECK(name(Answer::supported) == std::string("supported"));
  CHECK(name(Answer::not_supported) == std::string("not supported"));
  CHECK(name(Answer::inconclusive) == std::string("inconclusive"));
  CHECK(std::vector<Answer>(std::begin(all_answers), std::end(all_answers)) ==
        std::vector<Answer>{Answer::supported, Answer::not_supported, Answer::inconclusive});
}

TEST_CASE("verdict: as text an interval and the claim, or why there is no interval") {
  CHECK(text_of(falls) == "it falls: supported (95 % interval -0.31 to -0.125 (n = 3), claimed below 0.5)");
  CHECK(text_of(rises) == "it rises: inconclusive (95 % interval 0.25 to 1.5 (n = 4), claimed above 0.5)");
  CHECK(text_of(once) == "it rises: inconclusive (too few runs for an interval)");
  CHECK(text_of(never) == "it rises: inconclusive (no seed has the runs that it takes, or none came so far)");
  CHECK(interval_text(rises) == "0.25 to 1.5 (n = 4)");
  CHECK(threshold_text(falls) == "below 0.5");
  CHECK(threshold_text(rises) == "above 0.5");
}

TEST_CASE("verdict: as JSON the ends of the interval, null where it has none") {
  CHECK(to_json(falls).dump() ==
        R"({"claim":"it falls","verdict":"supported","interval":[-0.31,-0.125],"n":3,"below":0.5})");
  CHECK(to_json(rises).dump() ==
        R"({"claim":"it rises","verdict":"inconclusive","interval":[0.25,1.5],"n":4,"above":0.5})");
  CHECK(to_json(once).dump() == R"({"claim":"it rises","verdict":"inconclusive","interval":null,"n":1,"above":0.0})");
  CHECK(ends_json(NAN, NAN).is_null());
  CHECK(ends_json(1, 2) == nlohmann::ordered_json{1.0, 2.0});
}

TEST_CASE("analysis: an interval as text and as JSON") {
  const Estimated several{1.2344, 0.25, 0.0126, 4}, one{2.5, NAN, INFINITY, 1};
  CHECK(interval_text(several) == "1.234 ± 0.013");
  CHECK(interval_text(one) == "2.500");
  const auto json = interval_json(several);
  CHECK(json.size() == 4);
  CHECK(json.at("mean") == 1.2344);
  CHECK(json.at("deviation") == 0.25);
  CHECK(json.at("seeds") == 4);
  CHECK(equal(json.at("interval").get<std::vector<double>>(), {1.2218, 1.247}));
  CHECK(interval_json(one).at("interval").is_null());
}

TEST_CASE("analysis: a power law as JSON") {
  const auto json = law_json({7, {-0.5, 0.25, 0.125, 9}});
  CHECK(json.dump() == R"({"a":7.0,"b":-0.5,"interval of b":[-0.625,-0.375],"points":9})");
}

TEST_CASE("analysis: claims are judged by the interval of the values' mean; without values nobody can tell") {
  Analysis analysis;
  claim_above(analysis, "up", std::vector<double>{3, 5}, 1.5);
  claim_below(analysis, "down", std::vector<double>{3, 5}, 2.5);
  claim_below(analysis, "given down", Estimated{4, 9, 0.5, 6}, 5);
  claim_above(analysis, "no value up", std::vector<double>{}, 1);
  claim_below(analysis, "no value down", std::vector<double>{}, 1);
  claim_above(analysis, "one value", std::vector<double>{3}, 1);
  REQUIRE(analysis.verdicts.size() == 6);
  const auto is = [&](std::size_t i, const char* claim, double half, double threshold, bool above, int count) {
    const Verdict& v = analysis.verdicts[i];
    CHECK(v.claim == claim);
    CHECK(v.low == doctest::Approx(4 - half));
    CHECK(v.high == doctest::Approx(4 + half));
    CHECK(v.threshold == threshold);
    CHECK(v.above == above);
    CHECK(v.count == count);
  };
  is(0, "up", half_of_two(3, 5), 1.5, true, 2);
  is(1, "down", half_of_two(3, 5), 2.5, false, 2);
  is(2, "given down", 0.5, 5, false, 6);
  for (const std::size_t i : {3u, 4u}) {
    CHECK(answer_of(analysis.verdicts[i]) == Answer::inconclusive);
    CHECK(std::isnan(analysis.verdicts[i].low));
    CHECK(std::isnan(analysis.verdicts[i].high));
    CHECK(analysis.verdicts[i].count == 0);
  }
  CHECK(analysis.verdicts[5].low == -INFINITY);
  CHECK(analysis.verdicts[5].high == INFINITY);
  CHECK(analysis.verdicts[5].count == 1);
}

TEST_CASE("loss analysis: a row per size, method and rate: calibrated losses and those before ablation, over seeds") {
  const std::vector<Finished> all{
      made_up_run("nano", "sgtm", 0.2, 1, {1, 5, 10}), made_up_run("nano", "none", 0, 1, {2, 6, 3}),
      made_up_run("nano", "sgtm", 0.2, 2, {3, 9, 14}), made_up_run("nano", "sgtm", 0.05, 1, {4, 5, 6}),
      made_up_run("micro", "sgtm", 0.2, 1, {0.5, 7, 8})};
  const Analysis analysis = loss_analysis(all);
  CHECK(analysis.table ==
        std::vector<std::vector<std::string>>{
            {"size", "method", "undiscovered", "seeds", "retain", "forget", "retain before ablation", "forget before"},
            {"nano", "sgtm", "20 %", "2", "2.000 ± 12.706", "12.000 ± 25.412", "5.000 ± 25.412", "25.000 ± 50.824"},
            {"nano", "sgtm", "5 %", "1", "4.000", "6.000", "9.000", "13.000"},
            {"nano", "none", "0 %", "1", "2.000", "3.000", "5.000", "7.000"},
            {"micro", "sgtm", "20 %", "1", "0.500", "8.000", "2.000", "17.000"}});
  const auto& losses = analysis.summary.at("losses");
  REQUIRE(losses.size() == 4);
  CHECK(losses[0].size() == 7);
  CHECK(losses[1].at("size") == "nano");
  CHECK(losses[2].at("method") == "none");
  CHECK(losses[1].at("undiscovered") == 0.05);
  CHECK(losses[3].at("size") == "micro");
  CHECK(losses[0].at("retain").at("mean") == 2);
  CHECK(losses[0].at("forget").at("mean") == 12);
  CHECK(losses[0].at("retain before ablation").at("mean") == 5);
  CHECK(losses[0].at("forget before ablation").at("mean") == 25);
  CHECK(losses[0].at("forget").at("seeds") == 2);
  CHECK(analysis.verdicts.empty());
  CHECK(analysis.figures.empty());
}
