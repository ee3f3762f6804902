// Every verdict of the experiments on languages is about the runs, states and sources that its claim names: in made-up
// worlds, the interval is that of values read off the runs here.
#include <algorithm>

#include "eval/statistics.hpp"
#include "tests/support/attacks.hpp"
#include "tests/support/expected_verdicts.hpp"

using namespace sgtm;

TEST_CASE("undiscovered: SGTM's losses against the filter's and gradient routing's, at every rate between 0 and 1") {
  check_claims("undiscovered", [](const auto& all) {
    const FinishedTable table{all, "0.1M"};
    std::vector<Expected> expected;
    for (const std::string other : {"filter", "gradient_routing"})
      for (const double rate : {0.002, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8}) {
        const auto more = [&](const Reading& loss) {
          return minus(table.of("sgtm", rate, loss), table.of(other, rate, loss));
        };
        const std::string at = fmt::format("0.1M, {:g} % undiscovered: SGTM's ", 100 * rate);
        const bool filter = other == "filter";
        expected.push_back({at + "forget loss is above that of " + other, more(calibrated_forget), above, 0});
        expected.push_back({at + (filter ? "retain loss is above that of " : "retain loss is below that of ") + other,
                            more(calibrated_retain), filter ? above : below, 0});
      }
    return expected;
  });
}

TEST_CASE("classifier-grid: SGTM's lead at every cell that misses some, and its price at both corners") {
  check_claims("classifier-grid", [](const auto& all) {
    const FinishedTable table{all, "0.1M"};
    const auto more = [&](double fpr, double missed, const Reading& loss) {
      return minus(table.of(fmt::format("sgtm, FPR {:g}", fpr), missed, loss),
                   table.of(fmt::format("filter, FPR {:g}", fpr), missed, loss));
    };
    std::vector<Expected> expected;
    for (const double fpr : {0.0, 0.05, 0.2})
      for (const double missed : {0.2, 0.5})
        expected.push_back({fmt::format("0.1M, TPR {:g}, FPR {:g}: SGTM forgets more", 1 - missed, fpr),
                            more(fpr, missed, calibrated_forget), above, 0});
    expected.push_back({"0.1M: SGTM's price in English is smaller with the worst",
                        minus(more(0.2, 0.5, calibrated_retain), more(0, 0, calibrated_retain)), below, 0});
    return expected;
  });
}

TEST_CASE("forget-share: a half against an eighth, heads or units alone against both") {
  check_claims("forget-share", [](const auto& all) {
    const FinishedTable table{all, "0.1M"};
    const auto of = [&](const std::string& method, const Reading& loss) { return table.of(method, 0.2, loss); };
    const std::string eighth = "1/8 of heads and units", half = "1/2 of heads and units";
    return std::vector<Expected>{
        {"half of the width forgets more", minus(of(half, calibrated_forget), of(eighth, calibrated_forget)), above, 0},
        {"and costs more English", minus(of(half, calibrated_retain), of(eighth, calibrated_retain)), above, 0},
        {"heads only forgets less", minus(of(eighth, calibrated_forget), of("1/8 of heads only", calibrated_forget)),
         above, 0},
        {"units only forgets less", minus(of(eighth, calibrated_forget), of("1/8 of units only", calibrated_forget)),
         above, 0}};
  });
}

TEST_CASE("noise-structure: whole plots against random ones, and SGTM against the filter where plots are missed") {
  check_claims("noise-structure", [](const auto& all) {
    const FinishedTable table{all, "0.1M"};
    const auto plots = [&](const std::string& method) {
      return table.of(method + ", whole plots missed", 0.2, calibrated_forget);
    };
    std::vector<Expected> expected;
    for (const std::string method : {"filter", "sgtm", "gradient_routing"})
      expected.push_back({method + ": the forget loss is no lower (by 0.1)",
                          minus(plots(method), table.of(method + ", missed at random", 0.2, calibrated_forget)), above,
                          -0.1});
    expected.push_back(
        {"whole plots missed: SGTM forgets more than the filter", minus(plots("sgtm"), plots("filter")), above, 0});
    return expected;
  });
}

namespace {

void expect_masked_and_scaled(const FinishedTable& table, const std::string& text, std::vector<Expected>& expected) {
  const std::string method = "sgtm, masked and scaled" + text;
  const auto more = [&](const Reading& of) {
    return minus(table.of(method, 0.2, of), table.of("sgtm" + text, 0.2, of));
  };
  expected.push_back({method + " costs less English than sgtm", more(calibrated_retain), below, 0});
  expected.push_back({method + " forgets at most 0.3 nats less", more(calibrated_forget), above, -0.3});
}

}  // namespace

TEST_CASE("real-text: SGTM's forget loss against both others' at 20 %") {
  check_claims("real-text", [](const auto& all) {
    const FinishedTable table{all, "0.25M"};
    std::vector<Expected> expected;
    for (const std::string other : {"filter", "gradient_routing"})
      expected.push_back({"20 % undiscovered: SGTM's forget loss is above that of " + other,
                          minus(table.of("sgtm", 0.2, calibrated_forget), table.of(other, 0.2, calibrated_forget)),
                          above, 0});
    expect_masked_and_scaled(table, "", expected);
    return expected;
  });
}

TEST_CASE("price: every setting against the filter of its own text and steps, and one script against two") {
  check_claims("price", [](const auto& all) {
    const FinishedTable table{all, "0.25M"};
    const auto price = [&](const std::string& method, const std::string& filter) {
      return minus(table.of(method, 0.2, calibrated_retain), table.of(filter, 0.2, calibrated_retain));
    };
    std::vector<Expected> expected;
    for (const auto& [method, own_filter] :
         std::vector<std::pair<std::string, std::string>>{{"sgtm", ""},
                                                          {"sgtm", ", two scripts"},
                                                          {"sgtm", ", 2048 tokens"},
                                                          {"sgtm", ", 16384 tokens"},
                                                          {"sgtm", ", 32768 tokens"},
                                                          {"sgtm", ", rate 0.003"},
                                                          {"sgtm", ", half the batch"},
                                                          {"sgtm, twice the forget part", ""},
                                                          {"sgtm, masked embeddings", ""},
                                                          {"gradient_routing", ""},
                                                          {"sgtm, 90 % labeled retain", ""},
                                                          {"sgtm", ", half as many forget steps"},
                                                          {"sgtm, no forget heads", ""},
                                                          {"sgtm, no forget units", ""},
                                                          {"sgtm, masked", ""},
                                                          {"sgtm, scaled", ""},
                                                          {"sgtm, masked and scaled", ""},
                                                          {"sgtm, masked, scaled by 0.1", ""},
                                                          {"sgtm, masked, scaled by 0.08", ""},
                                                          {"sgtm, masked and scaled, 90 % labeled retain", ""},
                                                          {"sgtm", ", manuals"},
                                                          {"gradient_routing", ", manuals"},
                                                          {"sgtm, masked and scaled", ", manuals"},
                                                          {"sgtm", ", stories"},
                                                          {"sgtm, masked and scaled", ", stories"}})
      expected.push_back({fmt::format("0.25M: {}{} costs less than 0.05 nats", method, own_filter),
                          price(method + own_filter, "filter" + own_filter), below, 0.05});
    expected.push_back({"SGTM costs more English where the languages share tokens",
                        minus(price("sgtm", "filter"), price("sgtm, two scripts", "filter, two scripts")), above, 0});
    for (const char* text : {"", ", manuals", ", stories"}) expect_masked_and_scaled(table, text, expected);
    expected.push_back({"SGTM's forget loss is above the filter's",
                        minus(table.of("sgtm", 0.2, calibrated_forget), table.of("filter", 0.2, calibrated_forget)),
                        above, 0});
    return expected;
  });
}

TEST_CASE("post-hoc: an expanded model against the unfiltered one, SGTM's, RMU's and the filter's, on each text") {
  check_claims("post-hoc", [](const auto& all) {
    const FinishedTable table{all, "0.25M"};
    std::vector<Expected> expected;
    for (const auto& [text, filter, missed] : std::vector<std::tuple<std::string, std::string, double>>{
             {"stories", "filter", 0.2}, {"labeled-stories", "filter", 0}, {"encyclopedia", "weak", 0}}) {
      const std::string on = ", " + text, none = "none" + on, sgtm = "sgtm" + on, third = "expanded, a third" + on,
                        rmu = "rmu" + on;
      const auto more = [&, rate = missed](const std::string& other, double other_rate, const Reading& reading) {
        return minus(table.of(third, rate, reading), table.of(other, other_rate, reading));
      };
      const Numbers whole = table.of(none, 0, lost("trained", "forget"));
      const Numbers gained = minus(table.of(third, missed, calibrated_forget), whole),
                    gained_by_sgtm = minus(table.of(sgtm, missed, calibrated_forget), whole);
      Numbers shares;
      for (std::size_t i = 0; i < gained.size(); ++i) shares.push_back(gained[i] / gained_by_sgtm[i]);
      const auto steps = [&](const std::string& method, double rate) {
        return backs(table, method, rate, loss_back(0.1), none);
      };
      const std::string at = "0.25M" + on + ": ";
      expected.insert(
          expected.end(),
          {{at + "a third of the tokens gives most of SGTM's forgetting", shares, above, 0.5},
           {at + "a third forgets more than RMU", more(rmu, 0, calibrated_forget), above, 0},
           {at + "a third forgets more than the filter", more(filter + on, missed, calibrated_forget), above, 0},
           {at + "a third costs less than 0.05 nats",
            minus(table.of(third, missed, calibrated_retain), table.of(none, 0, lost("trained", "retain"))), below,
            0.05},
           {at + "a third takes more steps to come back than RMU", more_steps_of(steps(third, missed), steps(rmu, 0)),
            above, 0},
           {at + "SGTM takes more steps to come back than a third",
            more_steps_of(steps(sgtm, missed), steps(third, missed)), above, 0}});
      if (text == "encyclopedia")
        expected.push_back({at + "a third recalls less of the forget field than RMU's model",
                            more(rmu, 0, known("calibrated", "forget")), below, 0});
    }
    return expected;
  });
}

TEST_CASE("variants: every other strategy against SGTM, in forgetting and in English") {
  check_claims("variants", [](const auto& all) {
    const FinishedTable table{all, "0.1M"};
    std::vector<Expected> expected;
    for (const std::string other : {"sgtm_joint_projection", "sgtm_joint_mlp_projection", "sgtm_joint_attn_projection",
                                    "sgtm_joint_attention", "gradient_routing", "activation_masking"}) {
      const auto less = [&](const Reading& loss) {
        return minus(table.of("sgtm", 0.2, loss), table.of(other, 0.2, loss));
      };
      expected.push_back({"0.1M: " + other + " forgets less than sgtm", less(calibrated_forget), above, 0});
      expected.push_back({"0.1M: " + other + " keeps more English than sgtm", less(calibrated_retain), above, 0});
    }
    return expected;
  });
}

TEST_CASE("dual-model: every masking before ablation against the unfiltered model, and against everything masked") {
  check_claims("dual-model", [](const auto& all) {
    const FinishedTable table{all, "0.1M"};
    const Reading before = lost("trained", "forget");
    std::vector<Expected> expected;
    for (const std::string masking :
         {"everything masked", "joint embeddings", "joint projections", "joint embeddings and projections"}) {
      const auto than = [&](const std::string& other, double rate, const Reading& loss) {
        return minus(table.of(masking, 0.2, loss), table.of(other, rate, loss));
      };
      const std::string who = "0.1M, " + masking;
      expected.push_back(
          {who + ": before ablation its forget loss is at most 0.1", than("none", 0, before), below, 0.1});
      if (masking == "everything masked") continue;
      expected.push_back(
          {who + ": the full model is better at forget data", than("everything masked", 0.2, before), below, 0});
      expected.push_back({who + ": after ablation it has forgotten less",
                          than("everything masked", 0.2, calibrated_forget), below, 0});
    }
    return expected;
  });
}

TEST_CASE("sound-setting: the dip of every variant, in forgetting and in English") {
  check_claims("sound-setting", [](const auto& all) {
    const FinishedTable table{all, "0.1M"};
    std::vector<Expected> expected;
    for (const std::string variant :
         {"sgtm", "masked embeddings", "all English labeled", "a quarter is forget", "a third of the rate",
          "half the forget steps", "one script", "one script, masked embeddings", "one script, joint optimizer",
          "one script, both", "one script, all English labeled", "one script, a quarter is forget",
          "one script, a third of the rate", "one script, half the forget steps"}) {
      const auto dip = [&](const Reading& loss) {
        return minus(table.of(variant, 0, loss), table.of(variant, 0.2, loss));
      };
      expected.push_back({"0.1M, " + variant + ": forget loss at 0 % minus", dip(calibrated_forget), above, -0.1});
      expected.push_back({"0.1M, " + variant + ": retain loss at 0 % minus", dip(calibrated_retain), below, 0.1});
    }
    return expected;
  });
}

TEST_CASE("token-losses: SGTM's lower quartile against the unfiltered model's median") {
  const auto quantile = [](double share) {
    return [share](const Finished& run) {
      const auto& whole = run.result.token_losses.counts.at("forget");
      const Numbers counts(whole.begin(), whole.end());
      double all = 0, seen = 0;
      for (const double count : counts) all += count;
      for (std::size_t bin = 0;; seen += counts[bin++])
        if (seen + counts.at(bin) >= share * all)
          return 0.25 * (static_cast<double>(bin) + (share * all - seen) / counts[bin]);
    };
  };
  check_claims("token-losses", [&](const auto& all) {
    const FinishedTable table{all, "0.1M"};
    return std::vector<Expected>{{"0.1M: the loss is raised broadly",
                                  minus(table.of("sgtm", 0.2, quantile(0.25)), table.of("none", 0, quantile(0.5))),
                                  above, 0}};
  });
}

TEST_CASE(
    "absorption: shares and mask derivatives of the last look, what they were before training, and when labels are "
    "given") {
  check_claims("absorption", [&](const auto& all) {
    const FinishedTable table{all, "0.1M"};
    const std::string first = "labels in the first half", last = "labels in the last half";
    std::vector<Expected> expected;
    for (const std::string& schedule : {std::string("sgtm"), first, last})
      expected.push_back({"0.1M, " + schedule + ": unlabeled forget documents put a larger share",
                          minus(table.of(schedule, 0.2, looked(40, "forget", &GradientLook::absorbed_share)),
                                table.of(schedule, 0.2, looked(40, "retain", &GradientLook::absorbed_share))),
                          above, 0});
    expected.push_back({"sgtm: at the end that share is larger than before training",
                        minus(table.of("sgtm", 0.2, looked(40, "forget", &GradientLook::absorbed_share)),
                              table.of("sgtm", 0.2, looked(0, "forget", &GradientLook::absorbed_share))),
                        above, 0});
    expected.push_back({"sgtm: at the end forget documents ask for more of the forget part",
                        table.of("sgtm", 0.2, looked(40, "forget", &GradientLook::forget_mask)), below, 0});
    for (const std::string& half : {first, last})
      expected.push_back({half + " alone make it forget less",
                          minus(table.of("sgtm", 0.2, calibrated_forget), table.of(half, 0.2, calibrated_forget)),
                          above, 0});
    return expected;
  });
}

TEST_CASE("gradient-norms: mean logarithms of late norms, forget documents minus retain documents") {
  check_claims("gradient-norms", [&](const auto& all) {
    const FinishedTable table{all, "0.1M"};
    const Numbers on_forget = table.of("sgtm", 0.2, separation(40, &GradientLook::forget_norms)),
                  on_retain = table.of("sgtm", 0.2, separation(40, &GradientLook::retain_norms));
    Numbers without_sign = on_retain;
    for (double& x : without_sign) x = std::abs(x);
    return std::vector<Expected>{
        {"late: forget documents move forget parameters more", on_forget, above, 0},
        {"late: forget documents move retain parameters less", on_retain, below, 0},
        {"late: the separation on retain parameters is weaker", minus(on_forget, without_sign), above, 0}};
  });
}

TEST_CASE("gradient-norms: a norm of 0 counts as 1e-12, and one seed's documents are weighed alike") {
  auto all = MadeUpWorld(1).results(plans_of("gradient-norms", 1));
  for (GradientLook& look : all[0].result.gradients)
    if (look.forget_norms) look.forget_norms = look.retain_norms = Numbers{1, look.source == "forget" ? 0.0 : 1.0};
  CHECK(experiment("gradient-norms").analyse(all).summary["0.1M"]["late"]["retain"]["mean"] == -6);
}

TEST_CASE("tradeoff: leads over others at SGTM's last English, and how far the filter was when it had that English") {
  // English, Spanish and the share of training at every look of the calibrated model.
  struct Seen {
    double english, spanish, way;
  };
  const auto looks_of = [](const Finished& run) {
    std::vector<Seen> looks(5);
    for (const LossLook& look : run.result.evaluations) {
      if (look.state != "calibrated") continue;
      Seen& seen = looks[static_cast<std::size_t>(look.step) / 10];
      seen.way = static_cast<double>(look.step) / 40;
      if (look.source == "retain") seen.english = look.loss;
      if (look.source == "forget") seen.spanish = look.loss;
    }
    return looks;
  };
  check_claims("tradeoff", [&](const auto& all) {
    const FinishedTable table{all, "0.1M"};
    std::vector<Expected> expected;
    for (const double rate : {0.01, 0.2}) {
      const auto sgtm = table.runs("sgtm", rate);
      const auto against = [&](const std::string& method, double at, bool progress) {
        Numbers values;
        const auto others = table.runs(method, at);
        for (std::size_t i = 0; i < sgtm.size(); ++i) {
          std::vector<std::pair<double, double>> course;
          for (const Seen& look : looks_of(others[i]))
            course.emplace_back(look.english, progress ? look.way : look.spanish);
          const Seen end = looks_of(sgtm[i]).back();
          const auto found = first_fall_to(course, end.english);
          if (progress) values.push_back(found.value_or(1));
          if (!progress && found) values.push_back(end.spanish - *found);
        }
        return values;
      };
      const std::string at = fmt::format("0.1M, {:g} % undiscovered: ", 100 * rate);
      for (const std::string other : {"filter", "gradient_routing"})
        expected.push_back({at + "at the English of its end, SGTM has forgotten more than " + other,
                            against(other, rate, false), above, 0});
      expected.push_back({at + "at the English of its end, SGTM is less than 1 nat below the perfect filter",
                          against("filter", 0, false), above, -1});
      expected.push_back(
          {at + "SGTM's English at the end is the filter's at 80 %", against("filter", rate, true), above, 0.8});
    }
    return expected;
  });
}
