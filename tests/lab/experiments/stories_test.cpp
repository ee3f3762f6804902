// The experiments on languages that ask for laws, curves and attacks: each verdict is about what its claim names. Those
// that compare losses are in verdicts_test.cpp.
#include "tests/support/attacks.hpp"
#include "tests/support/curves.hpp"
#include "tests/support/expected_tables.hpp"
#include "tests/support/expected_verdicts.hpp"
#include "tests/support/laws.hpp"
#include "tests/support/verdicts.hpp"

using namespace sgtm;

namespace {

/// An experiment's whole table, two seeds, as if its runs had had these results.
Analysis analysis_of(const char* name, const std::string& size,
                     const std::function<RunResult(const PlannedRun&)>& result_of) {
  std::vector<Finished> all;
  for (const PlannedRun& plan : plans_of(name, 2, size)) all.push_back({plan, result_of(plan)});
  return experiment(name).analyse(all);
}

/// These losses in every state.
RunResult with_losses(double retain, double forget) {
  RunResult result;
  for (const char* state : model_states) result.losses[state] = {{"retain", retain}, {"forget", forget}};
  return result;
}

}  // namespace

TEST_CASE("leakage: SGTM's at every rate, each run on its own seed's curve") {
  check_claims(
      "leakage",
      [](const auto& all) {
        std::vector<Expected> expected;
        for (const double rate : {0.05, 0.1, 0.2, 0.4}) {
          Numbers ratios;
          for (const Leakage& leakage : leakages({all, "0.1M"}, "sgtm", rate)) ratios.push_back(leakage.ratio);
          expected.push_back(
              {fmt::format("0.1M, {:g} % undiscovered: SGTM's leakage is below 0.1", 100 * rate), ratios, below, 0.1});
        }
        return expected;
      },
      put_on_a_curve);
}

TEST_CASE("scaling: the exponent of leakages that lie off a law, of the measured runs of a method at all its sizes") {
  const std::map<std::string, double> parameters{{"0.1M", 122896}, {"0.25M", 269344}, {"0.5M", 506368}},
      without_words{{"0.1M", 14352}, {"0.25M", 56352}, {"0.5M", 188928}};
  struct Curve {
    std::string title, method;
    std::map<std::string, double> sizes;
  };
  const std::vector<Curve> curves{
      {"Leakage against size, an eighth is forget", "sgtm", parameters},
      {"Leakage against size without embeddings, an eighth is forget", "sgtm", without_words},
      {"1 head and 24 units are forget", "sgtm, constant counts", parameters}};
  check_claims(
      "scaling",
      [&](const auto& all) {
        std::vector<Expected> expected;
        for (const Curve& curve : curves)
          for (const double rate : {0.05, 0.1, 0.2, 0.4}) {
            std::vector<std::pair<double, double>> points;
            Numbers ratios;
            std::set<double> sizes;
            for (const auto& [size, count] : curve.sizes)
              for (const Leakage& leakage : leakages({all, size}, curve.method, rate))
                if (leakage.kind == LeakageKind::measured)
                  points.emplace_back(count, leakage.ratio), ratios.push_back(leakage.ratio), sizes.insert(count);
            if (sizes.size() < 2) continue;
            const FittedLaw law = law_of(points);
            const std::string words =
                fmt::format("{}, {:g} % undiscovered: its exponent is below 0", curve.title, 100 * rate);
            expected.push_back({words, ratios, below, 0, Interval{law.slope, law.half}});
          }
        return expected;
      },
      put_on_a_curve);
}

TEST_CASE(
    "relearning: SGTM against RMU and both filters, whole and of its own English, until all or nearly all is back") {
  check_claims("relearning", [](const auto& all) {
    const FinishedTable table{all, "0.1M"};
    std::vector<Expected> expected;
    for (const auto& [nats, words] :
         {std::pair{0.5, "all but half a nat of the forget loss"}, {0.1, "the forget loss"}}) {
      const Aim aim = loss_back(nats);
      const auto sgtm = backs(table, "sgtm", 0.2, aim);
      const std::string takes = fmt::format("0.1M: until {} is back, SGTM with 20 % missed takes ", words);
      const auto add = [&](const std::string& claim, const std::vector<Back>& other, double threshold) {
        expected.push_back({takes + claim, more_steps_of(sgtm, other), above, threshold});
      };
      add("more steps than RMU", backs(table, "rmu", 0, aim), 0);
      add("more than the filter that missed 20 %", backs(table, "filter", 0.2, aim), 0);
      add("more than that filter of its own English", matched_backs(table, "filter", 0.2, 0.2, aim), 0);
      add("no fewer than the perfect filter (by 100 steps)", backs(table, "filter", 0, aim), -100);
      add("no fewer than the perfect filter of its own English (by 100", matched_backs(table, "filter", 0, 0.2, aim),
          -100);
    }
    return expected;
  });
}

TEST_CASE("compute-penalty: SGTM's and the filter's on English at every size, by the law of all standard runs") {
  check_claims(
      "compute-penalty",
      [](const auto& all) {
        std::vector<Expected> expected;
        for (const std::string size : {"0.1M", "0.25M"}) {
          const FinishedTable table{all, size};
          expected.push_back({size + ": SGTM's compute penalty on English is below 20 %",
                              wasted(table, "sgtm", 0.2, "retain"), below, 20});
          expected.push_back({size + ": the filter's is below 0", wasted(table, "filter", 0.2, "retain"), below, 0});
        }
        return expected;
      },
      put_on_a_law);
}

TEST_CASE("learning-rates, rmu, fields-rmu: tables for a choice, which judge nothing") {
  for (const char* name : {"learning-rates", "rmu", "fields-rmu"})
    CHECK(experiment(name).analyse(MadeUpWorld(1).results(plans_of(name, 2, "nano"))).verdicts.empty());
}

TEST_CASE("tables of losses: a row for every method and rate, calibrated and before ablation") {
  for (const char* name : {"undiscovered", "tradeoff", "variants", "dual-model", "classifier-grid", "forget-share",
                           "noise-structure", "real-text", "sound-setting"})
    check_loss_table(name);
}

TEST_CASE("leakage, scaling: a row for every run of a method, with its n* and how it was found") {
  for (const char* name : {"leakage", "scaling"}) {
    const Scene scene(name, put_on_a_curve);
    std::set<Cells> rows(scene.analysis.table.begin() + 1, scene.analysis.table.end());
    CHECK(rows.size() == scene.analysis.table.size() - 1);
    for (const auto& [size, method, rate] : kinds_of(scene.all)) {
      if (method == "filter") continue;
      const FinishedTable table{scene.all, size};
      const auto found = leakages(table, method, rate);
      const auto runs = table.runs(method, rate);
      for (std::size_t i = 0; i < 3; ++i) {
        const Finished& run = runs[i];
        CHECK(rows.erase({size, method, fmt::format("{:g} %", 100 * rate), std::to_string(i + 1),
                          fmt::format("{:.0f}", run.result.tokens.at("forget")[Label::unlabeled]),
                          fmt::format("{:.3f}", lost("ablated", "forget")(run)), fmt::format("{:.0f}", found[i].tokens),
                          fmt::format("{:.4f}", found[i].ratio), sgtm::name(found[i].kind)}) == 1);
      }
    }
    CHECK(rows.empty());
  }
}

TEST_CASE("absorption, gradient-norms: the last look's shares and mask derivatives, early and late separations") {
  const Scene absorption("absorption");
  REQUIRE(absorption.analysis.table.size() == 4);
  std::size_t row = 1;
  for (const std::string schedule : {"sgtm", "labels in the first half", "labels in the last half"}) {
    const auto of = [&](const Reading& reading) { return absorption.table.of(schedule, 0.2, reading); };
    const Numbers forget = of(looked(40, "forget", &GradientLook::absorbed_share)),
                  retain = of(looked(40, "retain", &GradientLook::absorbed_share)),
                  mask = of(looked(40, "forget", &GradientLook::forget_mask)), loss = of(lost("calibrated", "forget"));
    CHECK(absorption.analysis.table[row++] ==
          Cells{"0.1M", schedule, "3", text_of(forget), text_of(retain), text_of(mask), text_of(loss)});
    const auto& entry = absorption.analysis.summary["0.1M"][schedule];
    check_entry(entry["absorbed share, forget documents"], forget);
    check_entry(entry["absorbed share, retain documents"], retain);
    check_entry(entry["forget gate"], mask);
    check_entry(entry["forget loss"], loss);
  }
  const Scene gradients("gradient-norms");
  REQUIRE(gradients.analysis.table.size() == 5);
  row = 1;
  for (const auto& [when, step] : {std::pair{"early", 10}, {"late", 40}})
    for (const std::string owner : {"forget", "retain"}) {
      const auto norms = owner == "forget" ? &GradientLook::forget_norms : &GradientLook::retain_norms;
      const Numbers apart = gradients.table.of("sgtm", 0.2, separation(step, norms));
      CHECK(gradients.analysis.table[row++] == Cells{"0.1M", when, owner, "3", text_of(apart)});
      check_entry(gradients.analysis.summary["0.1M"][when][owner], apart);
    }
}

TEST_CASE("relearning: rows for five models and two matched filters, each until both goals, and the losses before") {
  const Scene scene("relearning");
  std::vector<Cells> rows;
  for (const auto& [name, words, nats] :
       {std::tuple{"near-loss", "all but half a nat of the forget loss", 0.5}, {"loss", "the forget loss", 0.1}}) {
    const auto add = [&, name = name, words = words](const std::string& title, const Cells& before,
                                                     const std::vector<Back>& found) {
      Numbers steps, tokens;
      int reached = 0;
      for (const Back& b : found) steps.push_back(b.steps), tokens.push_back(b.tokens), reached += b.reached;
      rows.push_back({"0.1M", title, before[0], before[1], words, text_of(steps),
                      fmt::format("{:.0f}", interval_of(tokens).mean), fmt::format("{} of 3", reached)});
      const auto& entry = scene.analysis.summary["0.1M"][title][name];
      check_entry(entry["steps"], steps);
      check_entry(entry["forget_tokens"], tokens);
      CHECK(entry["reached"] == reached);
    };
    const Aim aim = loss_back(nats);
    for (const auto& [title, method, rate] : {std::tuple{"perfect filter", "filter", 0.0},
                                              {"filter, 20 % missed", "filter", 0.2},
                                              {"sgtm, all labeled", "sgtm", 0.0},
                                              {"sgtm, 20 % missed", "sgtm", 0.2},
                                              {"rmu", "rmu", 0.0}})
      add(title,
          {text_of(scene.table.of(method, rate, lost("ablated", "retain"))),
           text_of(scene.table.of(method, rate, lost("ablated", "forget")))},
          backs(scene.table, method, rate, aim));
    add("perfect filter, of SGTM's English", {"", ""}, matched_backs(scene.table, "filter", 0, 0.2, aim));
    add("filter, 20 % missed, of SGTM's English", {"", ""}, matched_backs(scene.table, "filter", 0.2, 0.2, aim));
  }
  CHECK(std::vector<Cells>(scene.analysis.table.begin() + 1, scene.analysis.table.end()) == rows);
}

TEST_CASE("compute-penalty: standard runs by their law, and what each method wastes, size by size") {
  const Scene scene("compute-penalty", put_on_a_law);
  CHECK(scene.analysis.table[0] == Cells{"size", "method", "seeds", "compute penalty on English, %"});
  std::size_t row = 1;
  for (const std::string size : {"0.1M", "0.25M"}) {
    CHECK(scene.analysis.table.at(row++)[1] == "standard, by the law");
    for (const char* method : {"filter", "sgtm", "gradient_routing"}) {
      const Numbers percent = wasted({scene.all, size}, method, 0.2, "retain");
      check_entry(scene.analysis.summary["penalties"][row - 1]["percent"], percent);
      CHECK(scene.analysis.table.at(row++) == Cells{size, method, "3", text_of(percent)});
    }
  }
}

TEST_CASE("learning-rates: losses before ablation at each rate, and what both lie above their floors") {
  const Scene scene("learning-rates");
  std::size_t row = 1;
  for (const auto& [size, rates] : {std::pair<std::string, Cells>{"0.1M", {"0.013333", "0.02", "0.03"}},
                                    {"0.25M", {"0.005333", "0.008", "0.012"}},
                                    {"0.5M", {"0.004", "0.006", "0.009"}}}) {
    const Cells names{"none, 0.67 of the preset's rate", "none, 1 of the preset's rate",
                      "none, 1.5 of the preset's rate"};
    for (std::size_t i = 0; i < 3; ++i) {
      const auto of = [&, size = size](const Reading& reading) {
        return FinishedTable{scene.all, size}.of(names[i], 0, reading);
      };
      const Numbers retain = of(lost("trained", "retain")), forget = of(lost("trained", "forget")),
                    above_floor = of([](const Finished&run) {
                      double sum = 0;
                      for (const char* source : {"retain", "forget"})
                        sum += lost("trained", source)(run) - run.result.floor.at(source);
                      return sum / 2;
                    });
      const auto& entry = scene.analysis.summary["rates"][row - 1];
      CHECK(scene.analysis.table.at(row++) ==
            Cells{size, rates[i], "3", text_of(retain), text_of(forget), text_of(above_floor)});
      CHECK(entry["size"] == size);
      CHECK(fmt::format("{:g}", entry["learning rate"].get<double>()) == rates[i]);
      check_entry(entry["retain"], retain);
      check_entry(entry["forget"], forget);
      check_entry(entry["above the floor"], above_floor);
    }
  }
  CHECK(scene.analysis.table.size() == row);
}

TEST_CASE("token losses: quantiles lie within the bins of a histogram") {
  const Analysis analysis = analysis_of("token-losses", "nano", [](const PlannedRun& run) {
    const std::vector<Index> counts =
        run.method == "sgtm" ? std::vector<Index>{0, 0, 4, 4, 4, 4} : std::vector<Index>{4, 4, 4, 4};
    RunResult result = with_losses(2, 3);
    result.token_losses = {0.25, {{"forget", counts}}};
    return result;
  });
  CHECK(analysis.table[1] == Cells{"nano", "unfiltered", "2", "0.100 ± 0.000", "0.250 ± 0.000", "0.500 ± 0.000",
                                   "0.750 ± 0.000", "0.900 ± 0.000"});
  CHECK(analysis.table[4] == Cells{"nano", "sgtm, 20 % missed", "2", "0.600 ± 0.000", "0.750 ± 0.000", "1.000 ± 0.000",
                                   "1.250 ± 0.000", "1.400 ± 0.000"});
  CHECK(analysis.summary["nano"]["sgtm, 20 % missed"]["0.9"]["mean"].get<double>() == doctest::Approx(1.4));
  CHECK(outcome(analysis, "SGTM's lower quartile is above the unfiltered model's median") == "supported, 0.25");
}

TEST_CASE("scaling: the exponent of the measured runs; a run left of the curve's first point is a bound, and told") {
  const Analysis analysis = analysis_of("scaling", "0.25M", [](const PlannedRun& run) {
    const bool large = run.size == "0.25M", second = run.config.seed == 2;
    const double unlabeled = 1e6 * run.undiscovered, leakage = !large ? 0.04 : second ? 0.01 : 0.02;
    const double n = run.method == "filter" ? unlabeled : leakage * unlabeled;
    RunResult result = with_losses(2, 10 - 1e-6 * n);  // a standard curve that is straight
    result.tokens["forget"][Label::unlabeled] = unlabeled;
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
