// Every verdict of the experiments on the encyclopedia is about the runs, states, sources and groups of questions that
// its claim names: in made-up worlds, the interval is that of values read off the runs here.
#include <algorithm>

#include "tests/support/attacks.hpp"
#include "tests/support/expected_verdicts.hpp"
#include "tests/support/laws.hpp"

using namespace sgtm;

namespace {

const Reading forget_known = known("calibrated", "forget"), adjacent_known = known("calibrated", "adjacent");

/// What the claims of `fields` and `fields-second` should be about.
std::vector<Expected> field_claims(const std::vector<Finished>& all) {
  const FinishedTable table{all, "0.25M"};
  const auto sgtm_over = [&](const std::string& other, const Reading& reading) {
    return minus(table.of("sgtm", 0, reading), table.of(other, 0, reading));
  };
  const auto worst_field = [](const Finished& run) {
    double worst = 1;
    for (const char* group : {"retain", "adjacent", "forget", "cuisine"})
      worst = std::min(worst, known("trained", group)(run));
    return worst;
  };
  Numbers not_learned;
  const Numbers full = table.of("none", 0, known("trained", "forget")),
                before = table.of("sgtm", 0, known("trained", "forget")), after = table.of("sgtm", 0, forget_known);
  for (std::size_t i = 0; i < full.size(); ++i)
    if (full[i] > after[i]) not_learned.push_back((full[i] - before[i]) / (full[i] - after[i]));
  return {
      {"the unfiltered model answers 80 % and more of its worst field", table.of("none", 0, worst_field), above, 0.8},
      {"SGTM's forget loss is above the weak filter's", sgtm_over("weak", calibrated_forget), above, 0},
      {"SGTM's forget loss is below the strict filter's", sgtm_over("strict", calibrated_forget), below, 0},
      {"SGTM recalls less of the forget field than the weak filter", sgtm_over("weak", forget_known), below, 0},
      {"SGTM's adjacent loss is below the strict filter's", sgtm_over("strict", calibrated_adjacent), below, 0},
      {"SGTM recalls more of the neighbours than the strict", sgtm_over("strict", adjacent_known), above, 0},
      {"SGTM's general loss is above the weak filter's", sgtm_over("weak", calibrated_retain), above, 0},
      {"SGTM's adjacent loss is above the weak filter's", sgtm_over("weak", calibrated_adjacent), above, 0},
      {"most of what SGTM's model does not recall", not_learned, above, 0.5}};
}

/// Makes the cells of a classifier's grid resemble one another, as they do in life: most of a result is that of its
/// method, and of whom its false positives are from.
void resemble(Finished& run, const MadeUpWorld& world) {
  PlannedRun kind = run.plan;
  const auto from = kind.method.find(" from ");
  kind.method =
      kind.method.substr(0, kind.method.find(',')) + (from == std::string::npos ? "" : kind.method.substr(from));
  kind.undiscovered = 0;
  const auto blend = [](double& own, double common) { own = 0.2 * own + 0.8 * common; };
  for (const std::string source : {"retain", "adjacent", "forget"}) {
    blend(run.result.losses["calibrated"][source], world.loss(kind, "calibrated", source));
    for (Recall& known : run.result.recall["calibrated"])
      if (known.group == source) blend(known.accuracy.mean, world.share(kind, "recall " + source));
  }
}

/// Two sources' calibrated losses on a run's way, and the second where the first falls to a number: between the looks
/// around it, or at the first look.
struct Way {
  Numbers x, y;
  Way(const Finished& run, const std::string& x_source, const std::string& y_source) : x(5), y(5) {
    for (const LossLook& look : run.result.evaluations) {
      if (look.state != "calibrated") continue;
      const auto at = static_cast<std::size_t>(look.step) / 10;
      if (look.source == x_source) x[at] = look.loss;
      if (look.source == y_source) y[at] = look.loss;
    }
  }
  std::optional<double> y_where(double target) const {
    const auto i = static_cast<std::size_t>(
        std::find_if(x.begin(), x.end(), [=](double value) { return value <= target; }) - x.begin());
    if (i == x.size()) return std::nullopt;
    if (i == 0) return y[0];
    return y[i - 1] + (y[i] - y[i - 1]) * (x[i - 1] - target) / (x[i - 1] - x[i]);
  }
};

}  // namespace

TEST_CASE("fields, fields-second: SGTM against both filters in losses and recall, and what it did not learn at all") {
  check_claims("fields", field_claims);
  check_claims("fields-second", field_claims);
}

TEST_CASE("fields-tradeoff: leads at the general or the adjacent loss of SGTM's end") {
  check_claims("fields-tradeoff", [](const auto& all) {
    const FinishedTable table{all, "0.25M"};
    const auto lead = [&](const std::string& method, const std::string& x, const std::string& y) {
      Numbers leads;
      const auto others = table.runs(method);
      for (const Finished& sgtm : table.runs("sgtm")) {
        const Way way(sgtm, x, y);
        const auto seed = static_cast<std::size_t>(sgtm.plan.config.seed);
        if (const auto at = Way(others.at(seed - 1), x, y).y_where(way.x.back())) leads.push_back(way.y.back() - *at);
      }
      return leads;
    };
    return std::vector<Expected>{
        {"at the general loss of its end, SGTM has forgotten more", lead("weak", "retain", "forget"), above, 0},
        {"at the general loss of its end, SGTM has a lower adjacent", lead("strict", "retain", "adjacent"), below, 0},
        {"at the adjacent loss of its end, SGTM has forgotten", lead("weak", "adjacent", "forget"), above, 0}};
  });
}

TEST_CASE("fields-compute: SGTM's penalties on general and forget knowledge, and against both filters") {
  check_claims(
      "fields-compute",
      [](const auto& all) {
        std::vector<Expected> expected;
        for (const std::string size : {"0.1M", "0.25M"}) {
          const FinishedTable table{all, size};
          const auto of = [&](const std::string& method, const char* on) { return wasted(table, method, 0, on); };
          expected.push_back(
              {size + ": SGTM's compute penalty on general knowledge is below 20 %", of("sgtm", "retain"), below, 20});
          expected.push_back({size + ": on forget data it is above 90 %", of("sgtm", "forget"), above, 90});
          expected.push_back({size + ": on general knowledge it is above the weak filter's",
                              minus(of("sgtm", "retain"), of("weak", "retain")), above, 0});
          expected.push_back({size + ": on the neighbours it is below the strict filter's",
                              minus(of("sgtm", "adjacent"), of("strict", "adjacent")), below, 0});
        }
        return expected;
      },
      put_on_a_law);
}

TEST_CASE("fields-compute: of two worlds the larger one counts, unless it has no law yet") {
  // All sizes learn the world of the largest: at 0.25M one of 240 entities, at 0.1M one of 120.
  const MadeUpWorld made_up(1);
  auto large = made_up.results(plans_of("fields-compute", 2, "0.25M")),
       small = made_up.results(plans_of("fields-compute", 2, "0.1M"));
  auto both = small;
  both.insert(both.end(), large.begin(), large.end());
  const auto summary = [](const std::vector<Finished>& all) {
    return experiment("fields-compute").analyse(all).summary;
  };
  CHECK(summary(both) == summary(large));
  std::erase_if(both, [](const Finished& run) {
    return run.plan.data.encyclopedia.world.entities == 240 && run.plan.method.starts_with("none, 0.5");
  });
  CHECK(summary(both) == summary(small));
  const auto no_law = [](std::vector<Finished> all) {
    std::erase_if(all, [](const Finished& run) { return run.plan.method.starts_with("none, 0.5"); });
    return all;
  };
  both = no_law(small);
  for (const Finished& run : no_law(large)) both.push_back(run);
  CHECK(summary(both) == summary(no_law(large)));
}

TEST_CASE("fields-relearning: methods against RMU, SGTM against the filters whole and of its own general loss") {
  check_claims("fields-relearning", [](const auto& all) {
    const FinishedTable table{all, "0.25M"};
    std::vector<Expected> expected;
    for (const auto& [aim, words] : {std::pair{loss_back(0.1), "until the forget loss is back"},
                                     {recall_back(0.5), "until half of the answers are back"},
                                     {recall_back(0.9), "until nine tenths of the answers are back"}}) {
      const auto of = [&, aim = aim](const std::string& method) { return backs(table, method, 0, aim); };
      const auto add = [&, words = words](const std::string& claim, const std::vector<Back>& a,
                                          const std::vector<Back>& b, double threshold) {
        expected.push_back({fmt::format("0.25M: {}, {}", words, claim), more_steps_of(a, b), above, threshold});
      };
      add("the weak filter takes more steps than RMU", of("weak"), of("rmu"), 0);
      add("the strict filter takes more steps than RMU", of("strict"), of("rmu"), 0);
      add("SGTM takes more steps than RMU", of("sgtm"), of("rmu"), 0);
      add("SGTM takes no fewer than the strict filter (by 60 steps)", of("sgtm"), of("strict"), -60);
      add("SGTM takes no fewer than the strict filter of its own general loss (by 60 steps)", of("sgtm"),
          matched_backs(table, "strict", 0, 0, aim), -60);
      add("SGTM takes more than the weak filter of its own general loss", of("sgtm"),
          matched_backs(table, "weak", 0, 0, aim), 0);
    }
    return expected;
  });
}

TEST_CASE("fields-classifier: over cells, SGTM against the filter, and mistakes from all against mistaken neighbours") {
  check_claims(
      "fields-classifier",
      [](const auto& all) {
        const FinishedTable table{all, "0.25M"};
        struct Cell {
          double missed, fpr;
        };
        std::vector<Cell> cells;
        for (const double fpr : {0.0, 0.05, 0.2})
          for (const double missed : {0.0, 0.2, 0.5}) cells.push_back({missed, fpr});
        const auto name = [](const char* method, const Cell& cell, const char* from) {
          return fmt::format("{}, TPR {:g}, FPR {:g}{}", method, 1 - cell.missed, cell.fpr,
                             cell.fpr > 0 ? std::string(" from ") + from : "");
        };
        // Means over seeds of what the runs of (a, from) have more than those of (b, from_b), of each cell that is
        // wanted.
        const auto more = [&](const char* a, const char* from, const char* b, const char* from_b,
                              const Reading& reading, bool (*wanted)(const Cell&)) {
          Numbers means;
          for (const Cell& cell : cells)
            if (wanted(cell))
              means.push_back(interval_of(minus(table.of(name(a, cell, from), cell.missed, reading),
                                                table.of(name(b, cell, from_b), cell.missed, reading)))
                                  .mean);
          return means;
        };
        const auto misses = [](const Cell& c) { return c.missed > 0; };
        const auto mistakes = [](const Cell& c) { return c.fpr > 0; };
        std::vector<Expected> expected;
        for (const char* from : {"all", "neighbours"}) {
          const std::string which = fmt::format("0.25M, false positives from {}, over cells: ", from);
          expected.push_back({which + "where TPR < 1, SGTM's forget loss is above the filter's",
                              more("sgtm", from, "weak", from, calibrated_forget, misses), above, 0});
          expected.push_back({which + "where TPR < 1, SGTM recalls less of the forget field",
                              more("sgtm", from, "weak", from, forget_known, misses), below, 0});
          Numbers price = more("sgtm", from, "weak", from, calibrated_retain, [](const Cell&) { return true; });
          for (std::size_t i = 1; i < price.size(); ++i)
            price[i] -= price[0];  // the first cell is the perfect classifier
          price.erase(price.begin());
          expected.push_back({which + "SGTM's price in general loss is smaller", price, below, 0});
        }
        expected.push_back({"over cells: SGTM's adjacent loss is higher where false positives are neighbours'",
                            more("sgtm", "neighbours", "sgtm", "all", calibrated_adjacent, mistakes), above, 0});
        expected.push_back({"over cells: where false positives are neighbours', SGTM recalls less of them",
                            more("sgtm", "neighbours", "weak", "neighbours", adjacent_known, mistakes), below, 0});
        return expected;
      },
      resemble);
}

TEST_CASE("fields-classifier: a cell without runs of both methods does not count; without the perfect one, no price") {
  const auto without = [](const std::string& method) {
    auto all = MadeUpWorld(1).results(plans_of("fields-classifier", 2));
    std::erase_if(all, [&](const Finished& run) { return run.plan.method == method; });
    return experiment("fields-classifier").analyse(all).verdicts;
  };
  for (const Verdict& v : without("weak, TPR 1, FPR 0"))
    CHECK((v.claim.find("price in general loss") == std::string::npos || answer_of(v) == Answer::inconclusive));
  const auto one_less = without("sgtm, TPR 0.5, FPR 0.2 from all");
  CHECK(one_less[0].count == 5);
  CHECK(std::isfinite(one_less[0].high));
  CHECK(one_less[2].count == 7);
  CHECK(one_less[3].count == 6);  // false positives from neighbours
}

TEST_CASE("entanglement: recall by how much is told elsewhere, and by who tells it") {
  check_claims("entanglement", [](const auto& all) {
    const FinishedTable table{all, "0.25M"};
    const auto of = [&](const std::string& method, const char* share, const Reading& reading) {
      return table.of(fmt::format("{}, {} % told elsewhere", method, share), 0, reading);
    };
    std::vector<Expected> expected;
    for (const std::string method : {"weak", "strict", "sgtm"}) {
      const auto told = [&](const std::string& where) {
        return of(method, "57", known("calibrated", "forget, told " + where));
      };
      const std::string who = "0.25M: " + method;
      expected.push_back({who + " recalls more of biology where all of it is told elsewhere",
                          minus(of(method, "100", forget_known), of(method, "0", forget_known)), above, 0});
      expected.push_back(
          {who + " recalls what neighbours tell", minus(told("also in adjacent"), told("nowhere else")), above, 0});
      expected.push_back(
          {who + " recalls what other fields tell", minus(told("also in retain"), told("nowhere else")), above, 0});
    }
    expected.push_back({"0.25M: where all of it is told elsewhere, SGTM recalls less than the weak filter",
                        minus(of("sgtm", "100", forget_known), of("weak", "100", forget_known)), below, 0});
    return expected;
  });
}

TEST_CASE("fields-dual: every masking against the unfiltered model, everything masked, and the weak filter") {
  check_claims("fields-dual", [](const auto& all) {
    const FinishedTable table{all, "0.25M"};
    const Reading before = lost("trained", "forget");
    const std::string everything = "everything masked";
    const std::vector<std::string> maskings{everything, "joint embeddings", "joint projections",
                                            "joint embeddings and projections"};
    const auto than = [&](const std::string& masking, const std::string& other, const Reading& reading) {
      return minus(table.of(masking, 0, reading), table.of(other, 0, reading));
    };
    std::vector<Expected> expected;
    for (const std::string& m : maskings) {
      expected.push_back({m + ": before ablation its forget loss is at most 0.1", than(m, "none", before), below, 0.1});
      if (m == everything) continue;
      expected.push_back({m + ": the full model is better at forget data", than(m, everything, before), below, 0});
      expected.push_back(
          {m + ": after ablation it has forgotten less", than(m, everything, calibrated_forget), below, 0});
    }
    for (const std::string& m : maskings) {
      expected.push_back(
          {m + ": before ablation it recalls 80 % and more", table.of(m, 0, known("trained", "forget")), above, 0.8});
      expected.push_back(
          {m + ": after ablation it recalls at most 5 points more", than(m, "weak", forget_known), below, 0.05});
      expected.push_back(
          {m + ": its general loss is above the weak filter's", than(m, "weak", calibrated_retain), above, 0});
    }
    return expected;
  });
}
