#include "analysis/analysis.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "analysis/loss_course.hpp"
#include "analysis/recovery.hpp"
#include "analysis/selection.hpp"

using namespace sgtm;

namespace {

/// A run that has finished with this forget loss.
Finished made_up(const std::string& method, std::uint64_t seed, double forget) {
  Finished run{{"nano", method, 0.2, {}, {}}, {}};
  run.plan.config.seed = seed;
  const nlohmann::ordered_json losses{{"retain", 1}, {"forget", forget}};
  run.result = {{"losses", {{"trained", losses}, {"ablated", losses}, {"calibrated", losses}}}};
  return run;
}

}  // namespace

TEST_CASE("verdict: by the whole interval against the threshold, or can't tell") {
  CHECK(answer_of({"it rises", 0.1, 0.3, 0, true, 3}) == Answer::shows);
  CHECK(answer_of({"it rises", -0.1, 0.3, 0, true, 3}) == Answer::cannot_tell);
  CHECK(answer_of({"it rises", -0.3, -0.1, 0, true, 3}) == Answer::does_not_show);
  CHECK(answer_of({"it falls", -0.3, -0.1, 0, false, 3}) == Answer::shows);
  CHECK(answer_of({"it falls", 0.1, 0.3, 0, false, 3}) == Answer::does_not_show);
  CHECK(answer_of({"no seed", NAN, NAN, 0, true, 0}) == Answer::cannot_tell);
  CHECK(answer_of({"one seed", -HUGE_VAL, HUGE_VAL, 0, true, 1}) == Answer::cannot_tell);
}

TEST_CASE("verdicts as text and as JSON: an interval, or why there is none") {
  const Verdict falls{"it falls", -0.31, -0.125, 0.5, false, 3}, once{"it rises", -HUGE_VAL, HUGE_VAL, 0, true, 1};
  CHECK(text_of(falls) == "it falls: shows (95 % interval -0.31 to -0.125 (n = 3), claimed below 0.5)");
  CHECK(threshold_text(falls) == "below 0.5");
  CHECK(text_of(once) == "it rises: can't tell (too few runs for an interval)");
  CHECK(to_json(falls).dump() ==
        R"({"claim":"it falls","verdict":"shows","interval":[-0.31,-0.125],"n":3,"below":0.5})");
  CHECK(to_json(once).dump() == R"({"claim":"it rises","verdict":"can't tell","interval":null,"n":1,"above":0.0})");
}

TEST_CASE("methods: pairs are of one seed; means are over seeds") {
  const std::vector<Finished> all{made_up("filter", 1, 2), made_up("filter", 2, 3), made_up("sgtm", 2, 7),
                                  made_up("sgtm", 3, 8)};
  const auto filter = runs_of(all, "nano", "filter", 0.2), sgtm = runs_of(all, "nano", "sgtm", 0.2);
  CHECK(paired_differences(filter, sgtm, loss("calibrated", "forget")) == std::vector<double>{4});
  CHECK(mean_over(filter, loss("calibrated", "forget")).mean == doctest::Approx(2.5));
  CHECK(rates_in(all, "nano", "sgtm") == std::vector<double>{0.2});
  CHECK(loss_analysis(all).table.size() == 3);
}

TEST_CASE("recovery: of the loss as it falls, of recall as it rises; all steps where the goal is never reached") {
  Finished none = made_up("none", 1, 2), run = made_up("sgtm", 1, 8);
  nlohmann::ordered_json& curve = run.result["relearning"];
  for (const double forget : {8, 6, 4, 2, 1})
    curve.push_back({{"step", 10 * curve.size()}, {"forget_tokens", 500 * curve.size()}, {"forget", forget}});
  for (const auto& [point, recall] : {std::pair{0u, 0.1}, {2u, 0.5}, {4u, 0.9}}) curve[point]["recall"] = recall;
  const Goal loss{"loss", "", "forget", sgtm::loss("trained", "forget"), false, ""},
      recall{"recall", "", "recall", [](const Finished&) { return 0.8; }, true, ""};
  const std::vector<const Finished*> runs{&run}, unfiltered{&none};
  CHECK(recoveries(runs, unfiltered, loss).at(1).steps == doctest::Approx(30));
  CHECK(recoveries(runs, unfiltered, recall).at(1).steps == doctest::Approx(35));
  CHECK(recoveries(runs, unfiltered, recall).at(1).tokens == doctest::Approx(35 * 50));
  none.result["losses"]["trained"]["forget"] = 0.5;
  CHECK(recoveries(runs, unfiltered, loss).at(1).steps == 40);
  CHECK(!recoveries(runs, unfiltered, loss).at(1).reached);
  CHECK(more_steps(recoveries(runs, unfiltered, recall), recoveries(runs, unfiltered, loss)) ==
        std::vector<double>{-5});
  const std::map<std::uint64_t, Recovery> soon{{1, {20, 0, true}}, {2, {20, 0, false}}},
      late{{1, {50, 0, false}}, {2, {50, 0, true}}};
  CHECK(more_steps(late, soon) == std::vector<double>{30});  // of seed 2 nobody knows
}

TEST_CASE("loss course: how much more is forgotten at an equal loss on what is kept") {
  const auto with_course = [](const char* method, std::vector<std::array<double, 2>> points) {
    Finished run = made_up(method, 1, 1);
    for (std::size_t i = 0; i < points.size(); ++i)
      for (const auto& [source, loss] : {std::pair{"retain", points[i][0]}, std::pair{"forget", points[i][1]}})
        run.result["evaluations"].push_back({{"step", i}, {"state", "calibrated"}, {"source", source}, {"loss", loss}});
    return run;
  };
  const Finished sgtm = with_course("sgtm", {{6, 6}, {3, 5}}), weak = with_course("weak", {{5, 5}, {1, 1}}),
                 worse = with_course("weak", {{5, 5}, {4, 4}});
  CHECK(lead_at_end({&sgtm}, {&weak}) == std::vector<double>{2});
  CHECK(lead_at_end({&sgtm}, {&worse}).empty());
  Series line;
  add_mean_course(
      line, {&weak, &worse}, [](const Finished& run) { return loss_course(run); }, 1);
  CHECK(line.points == Course{{2.5, 2.5}});
  CHECK(line.errors.front() == doctest::Approx(12.706 * 1.5));  // Student's t of 1 and 4, one degree of freedom
}
