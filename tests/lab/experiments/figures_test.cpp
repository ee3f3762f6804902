// Every figure's lines and points are the means that it says, in a made-up world.
#include "eval/statistics.hpp"
#include "tests/support/curves.hpp"
#include "tests/support/expected_lines.hpp"
#include "tests/support/laws.hpp"

using namespace sgtm;

namespace {

const Reading forget_before = lost("trained", "forget"), forget_after = lost("calibrated", "forget");

std::vector<std::string> names_of(const Analysis& analysis) {
  std::vector<std::string> names;
  for (const auto& [name, figure] : analysis.figures) names.push_back(name);
  return names;
}

}  // namespace

TEST_CASE("undiscovered, real-text, variants, noise-structure: forget loss against retain loss, a point per rate") {
  const Scene undiscovered("undiscovered");
  const Numbers rates{0, 0.002, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1};
  std::vector<ExpectedSeries> lines{{"none", Bars::both, {undiscovered.losses("none", 0)}}};
  for (const char* method : {"filter", "sgtm", "gradient_routing"}) {
    lines.push_back({method, Bars::both, {}});
    for (const double rate : rates) lines.back().points.push_back(undiscovered.losses(method, rate));
  }
  lines.push_back(undiscovered.floor_point("retain", "forget"));
  check_figure(undiscovered.analysis, "undiscovered-0.1M", lines);
  for (const std::string source : {"forget", "retain"}) {
    const Reading loss = lost("calibrated", source);
    std::vector<ExpectedSeries> by_rate;
    for (const char* method : {"filter", "sgtm", "gradient_routing"}) {
      by_rate.push_back({method, Bars::y, {}});
      for (const double rate : rates)
        by_rate.back().points.push_back({{100 * rate}, undiscovered.table.of(method, rate, loss)});
    }
    const Numbers of_none = undiscovered.table.of("none", 0, loss);
    by_rate.push_back({"unfiltered", Bars::none, {{{0}, of_none}, {{100}, of_none}}});
    by_rate.push_back(undiscovered.floor_line(source, 0, 100));
    check_figure(undiscovered.analysis, "undiscovered-0.1M-" + source, by_rate);
  }
  CHECK(undiscovered.analysis.figures.size() == 3);

  const Scene bible("real-text");
  lines = {{"none", Bars::both, {bible.losses("none", 0)}}};
  for (const char* method : {"filter", "sgtm", "gradient_routing"})
    lines.push_back(
        {method, Bars::both, {bible.losses(method, 0), bible.losses(method, 0.2), bible.losses(method, 1)}});
  lines.push_back({"sgtm, masked and scaled", Bars::both, {bible.losses("sgtm, masked and scaled", 0.2)}});
  check_figure(bible.analysis, "real-text-0.25M", lines);  // nobody knows real text's floor
  CHECK(bible.analysis.figures.size() == 1);

  const Scene variants("variants");
  lines = {{"filter", Bars::both, {variants.losses("filter", 0.2)}},
           {"none", Bars::both, {variants.losses("none", 0)}}};
  for (const char* method : {"sgtm", "sgtm_joint_projection", "sgtm_joint_mlp_projection", "sgtm_joint_attn_projection",
                             "sgtm_joint_attention", "gradient_routing", "activation_masking"})
    lines.push_back({method, Bars::both, {variants.losses(method, 0.2)}});
  lines.push_back(variants.floor_point("retain", "forget"));
  check_figure(variants.analysis, "variants-0.1M", lines);

  const Scene noise("noise-structure");
  lines.clear();
  for (const std::string method : {"filter", "sgtm", "gradient_routing"})
    for (const char* kind : {", missed at random", ", whole plots missed"})
      lines.push_back({method + kind, Bars::both, {noise.losses(method + kind, 0.2)}});
  lines.push_back(noise.floor_point("retain", "forget"));
  check_figure(noise.analysis, "noise-structure-0.1M", lines);
}

TEST_CASE("leakage, scaling: standard curves, and leakages against size with a law through what was measured") {
  const Scene leakage_scene("leakage", put_on_a_curve);
  CHECK(names_of(leakage_scene.analysis) == std::vector<std::string>{"leakage-0.1M"});
  CHECK(leakage_scene.analysis.figures[0].second.series.size() == 4);

  const Scene scaling("scaling", put_on_a_curve);
  CHECK(names_of(scaling.analysis) ==
        std::vector<std::string>{"standard-curve-0.1M", "standard-curve-0.25M", "standard-curve-0.5M", "scaling",
                                 "scaling-without-embeddings", "scaling-constant-counts"});
  using Sizes = std::vector<std::pair<std::string, double>>;
  const auto check_scale = [&](const char* name, const std::string& method, const Sizes& sizes) {
    std::vector<ExpectedSeries> series;
    double apart = std::pow(1.05, -1.5);  // rates stand side by side, five percent from one to the next
    for (const double rate : {0.05, 0.1, 0.2, 0.4}) {
      std::vector<std::pair<double, double>> measured;
      std::vector<ExpectedPoint> means, points, bounds;
      std::set<double> seen;
      for (const auto& [size, parameters] : sizes) {
        Numbers ratios;
        for (const Leakage& l : leakages({scaling.all, size}, method, rate)) {
          if (l.kind == LeakageKind::upper_bound) bounds.push_back({{apart * parameters}, {l.ratio}});
          if (l.kind != LeakageKind::measured) continue;
          measured.emplace_back(parameters, l.ratio), ratios.push_back(l.ratio), seen.insert(parameters);
          points.push_back({{apart * parameters}, {l.ratio}});
        }
        if (!ratios.empty()) means.push_back({{apart * parameters}, ratios});
      }
      if (seen.size() > 1) {
        const FittedLaw law = law_of(measured);
        series.push_back({"", Bars::none, {}});
        for (const auto& [x, y] : measured)
          series.back().points.push_back({{x}, {std::exp(law.offset + law.slope * std::log(x))}});
      }
      if (!points.empty()) series.push_back({"", Bars::y, means});
      if (!points.empty()) series.push_back({fmt::format("{:g} % undiscovered", 100 * rate), Bars::none, points});
      if (!bounds.empty()) series.push_back({fmt::format("{:g} %, at most", 100 * rate), Bars::none, bounds});
      apart *= 1.05;
    }
    std::string tics;
    for (const auto& [size, parameters] : sizes)
      tics += fmt::format("{}'{}' {}", tics.empty() ? "" : ", ", size, parameters);
    check_figure(scaling.analysis, name, series,
                 fmt::format("set logscale xy\nset xtics ({})\nset xrange [{}:{}]\n", tics, sizes.front().second / 1.3,
                             sizes.back().second * 1.3));
  };
  check_scale("scaling", "sgtm", {{"0.1M", 122896}, {"0.25M", 269344}, {"0.5M", 506368}});
  check_scale("scaling-without-embeddings", "sgtm", {{"0.1M", 14352}, {"0.25M", 56352}, {"0.5M", 188928}});
  check_scale("scaling-constant-counts", "sgtm, constant counts", {{"0.25M", 269344}, {"0.5M", 506368}});
}

TEST_CASE("absorption, gradient-norms: shares, mask derivatives and norms by schedule, source and owner") {
  const Scene absorption("absorption");
  const auto of = [](const std::string& source, auto part) -> Told<GradientLook> {
    return [=](const GradientLook& look) {
      return look.source == source ? std::optional(static_cast<double>(look.*part)) : std::nullopt;
    };
  };
  const auto by_schedule = [&](auto x, auto y) {
    std::vector<ExpectedSeries> lines;
    for (const std::string schedule : {"sgtm", "labels in the first half", "labels in the last half"})
      for (const std::string source : {"forget", "retain"})
        lines.push_back(
            {schedule + ": " + source + " documents", Bars::y,
             course(absorption.table.runs(schedule, 0.2), &RunResult::gradients, 0, of(source, x), of(source, y))});
    return lines;
  };
  const std::string axis = "set format x '%.1s%c'\n";
  check_figure(absorption.analysis, "absorption-0.1M",
               by_schedule(&GradientLook::labeled_forget_tokens, &GradientLook::absorbed_share), axis);
  check_figure(absorption.analysis, "absorption-gate-0.1M",
               by_schedule(&GradientLook::step, &GradientLook::forget_mask), axis);
  CHECK(absorption.analysis.figures.size() == 2);

  const Scene gradients("gradient-norms");
  for (const auto& [name, step] : {std::pair{"gradient-norms-0.1M-early", 10}, {"gradient-norms-0.1M-late", 40}}) {
    std::vector<ExpectedSeries> lines;
    for (const std::string source : {"forget", "retain"})
      for (const std::string owner : {"forget", "retain"}) {
        Numbers logarithms;
        for (const Finished& run : gradients.all)
          for (const GradientLook& look : run.result.gradients)
            if (look.step == step && look.source == source)
              for (const double norm : owner == "forget" ? *look.forget_norms : *look.retain_norms)
                logarithms.push_back(std::log10(norm));
        lines.push_back({source + " documents on " + owner + " parameters", Bars::none, {}});
        for (const auto& [x, y] : density(logarithms)) lines.back().points.push_back({{x}, {y}});
      }
    check_figure(gradients.analysis, name, lines);
  }
}

TEST_CASE("tradeoff: losses through training, and the floor") {
  const Scene stories("tradeoff");
  for (const auto& [name, rate] : {std::pair{"tradeoff-0.1M-1", 0.01}, {"tradeoff-0.1M-20", 0.2}}) {
    std::vector<ExpectedSeries> lines;
    for (const char* method : {"filter", "sgtm", "gradient_routing"})
      lines.push_back({method, Bars::y, losses_on_the_way(stories.table.runs(method, rate), "retain", "forget", 0)});
    lines.push_back(
        {"perfect filter", Bars::y, losses_on_the_way(stories.table.runs("filter", 0), "retain", "forget", 0)});
    lines.push_back(stories.floor_point("retain", "forget"));
    check_figure(stories.analysis, name, lines, "set xrange [*:*] reverse\n");
  }
  CHECK(stories.analysis.figures.size() == 2);
}

TEST_CASE("relearning: attacked models, what they are to reach, and the floor") {
  const Scene stories("relearning");
  check_figure(stories.analysis, "relearning-0.1M",
               attacks(stories,
                       {{"perfect filter", "filter", 0},
                        {"filter, 20 % missed", "filter", 0.2},
                        {"sgtm, all labeled", "sgtm", 0},
                        {"sgtm, 20 % missed", "sgtm", 0.2},
                        {"rmu", "rmu", 0}},
                       loss_back(0.1)),
               attack_axes);
  CHECK(stories.analysis.figures.size() == 1);
}

TEST_CASE("classifier-grid: a line per method and false positive rate against the true positive rate") {
  const std::string axis = "set xrange [0.45:1.05]\n";
  const Scene stories("classifier-grid");
  for (const std::string source : {"forget", "retain"}) {
    auto lines = grid(
        stories.table, {"filter", "sgtm"},
        [](const std::string& method, double, double fpr) { return fmt::format("{}, FPR {:g}", method, fpr); },
        lost("calibrated", source));
    lines.push_back(stories.floor_line(source, 0.5, 1));
    check_figure(stories.analysis, "classifier-grid-0.1M-" + source, lines, axis);
  }
}

TEST_CASE("dual-model, forget-share, sound-setting: what the share, the masking or the setting changes") {
  const Scene dual("dual-model");
  std::vector<ExpectedSeries> points;
  for (const char* method :
       {"none", "everything masked", "joint embeddings", "joint projections", "joint embeddings and projections"}) {
    const double rate = points.empty() ? 0 : 0.2;
    points.push_back({method,
                      Bars::both,
                      {{dual.table.of(method, rate, forget_before), dual.table.of(method, rate, forget_after)}}});
  }
  points.push_back(dual.floor_point("forget", "forget"));
  check_figure(dual.analysis, "dual-model-0.1M", points);

  const Scene share("forget-share");
  for (const std::string source : {"forget", "retain"}) {
    const Reading loss = lost("calibrated", source);
    std::vector<ExpectedSeries> lines;
    for (const std::string family : {"heads and units", "heads only", "units only"}) {
      lines.push_back({family, Bars::y, {{{0}, share.table.of("none", 0, loss)}}});
      for (const int part : {8, 4, 2})
        lines.back().points.push_back(
            {{1.0 / part}, share.table.of(fmt::format("1/{} of {}", part, family), 0.2, loss)});
    }
    lines.push_back(share.floor_line(source, 0, 0.5));
    check_figure(share.analysis, "forget-share-0.1M-" + source, lines, "set xrange [-0.02:0.55]\n");
  }

  const Scene sound("sound-setting");
  ExpectedSeries dips{"", Bars::both, {}};
  std::vector<std::string> variants;
  for (const Finished& run : sound.all)
    if (run.plan.method.find("filter") == std::string::npos && run.plan.undiscovered == 0 &&
        run.plan.config.seed == 1) {
      const auto loss = [&](double rate) {
        return sound.table.of(run.plan.method, rate, lost("calibrated", "retain"));
      };
      dips.points.push_back({minus(loss(0), loss(0.2)), {-static_cast<double>(variants.size())}});
      variants.push_back(run.plan.method);
    }
  CHECK(variants.size() == 14);
  check_figure(sound.analysis, "sound-setting-0.1M", {dips, {"no dip", Bars::none, {{{0}, {-14}}, {{0}, {1}}}}},
               "set key off\n" + named_tics("y", variants, -1) + "set yrange [-14:1]\n");
}

TEST_CASE("token-losses, learning-rates, rmu, compute-penalty: points at the means of seeds") {
  const Scene tokens("token-losses");
  std::vector<ExpectedSeries> lines;
  for (const auto& [title, method, rate] : {std::tuple{"unfiltered", "none", 0.0},
                                            {"perfect filter", "filter", 0.0},
                                            {"filter, 20 % missed", "filter", 0.2},
                                            {"sgtm, 20 % missed", "sgtm", 0.2}}) {
    lines.push_back({title, Bars::none, {}});
    for (std::size_t nat = 0; nat < 7; ++nat)  // four bins of a quarter each; the last has two
      lines.back().points.push_back(
          {{static_cast<double>(nat)}, tokens.table.of(method, rate, [&](const Finished& run) {
             const auto counts = run.result.token_losses.counts.at("forget");
             Index all = 0, here = 0;
             for (std::size_t bin = 0; bin < counts.size(); ++bin)
               all += counts[bin], here += bin / 4 == nat ? counts[bin] : 0;
             return static_cast<double>(here) / static_cast<double>(all);
           })});
  }
  check_figure(tokens.analysis, "token-losses-0.1M", lines);

  const Scene rates("learning-rates");
  const auto both = [](const Finished& run) { return 0.5 * (lost("trained", "retain")(run) + forget_before(run)); };
  lines.clear();
  for (const std::string size : {"0.1M", "0.25M", "0.5M"}) {
    const FinishedTable table{rates.all, size};
    const auto of = [&](const char* share) {
      return table.of(fmt::format("none, {} of the preset's rate", share), 0, both);
    };
    lines.push_back({size,
                     Bars::y,
                     {{{2.0 / 3}, minus(of("0.67"), of("1"))}, {{1}, {0, 0, 0}}, {{1.5}, minus(of("1.5"), of("1"))}}});
  }
  check_figure(rates.analysis, "learning-rates", lines,
               "set logscale x\nset xtics (0.67, 1, 1.5)\nset xrange [0.6:1.7]\n");

  const Scene rmu("rmu");
  check_figure(rmu.analysis, "rmu-0.1M", unlearned(rmu.table));
  CHECK(names_of(Scene("compute-penalty", put_on_a_law).analysis) == std::vector<std::string>{"compute-penalty"});
}
