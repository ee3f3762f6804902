// What the runs of experiments are made of: methods, data, budgets, attacks; which runs experiments share; and what has
// been asked for.
#include "lab/experiments/method_runs.hpp"

#include <doctest/doctest.h>

#include <set>

#include "lab/experiments/asked.hpp"
#include "lab/experiments/field_runs.hpp"
#include "tests/support/experiment_plans.hpp"
#include "tests/support/placed_runs.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace sgtm;

namespace {

Sizing sizing(const std::string& size, bool quick = false) {
  return {size, 1, quick, preset};
}

/// What a result depends on.
std::string identity(const PlannedRun& run) {
  return name_of(run.data) + to_json(run.config).dump();
}

/// What two experiments plan in common, by the methods' names in the first.
std::set<std::string> shared(const std::string& one, const std::string& other) {
  std::set<std::string> of_other, methods;
  for (const PlannedRun& run : plans_of(other, 1)) of_other.insert(identity(run));
  for (const PlannedRun& run : plans_of(one, 1))
    if (of_other.contains(identity(run))) methods.insert(run.method);
  return methods;
}

using Names = std::set<std::string>;

}  // namespace

TEST_CASE("rates: eleven of the 97 % of documents that are trained on have to be on either side") {
  constexpr double rates[] = {0, 0.000562, 0.00057, 0.5, 0.99943, 0.999438, 1};  // of 19,400: 10.9, 11.06
  CHECK(possible_rates(sizing("nano"), "nano", rates) == std::vector<double>{0, 0.00057, 0.5, 0.99943, 1});
  // Of the size that runs, not of the largest that was asked for, which has more.
  constexpr double for_more[] = {0.0003};
  CHECK(possible_rates(sizing("1M"), "0.1M", for_more).empty());
  CHECK(possible_rates(sizing("1M"), "1M", for_more).size() == 1);
  constexpr double of_few[] = {0.00566, 0.00568};  // of 1,940: 10.98, 11.02
  CHECK(possible_rates(sizing("nano", true), "nano", of_few) == std::vector<double>{0.00568});
}

TEST_CASE("stories: about one pair for 240 tokens, in tens of thousands, at least 20,000; --quick has 2,000") {
  for (const auto& [tokens, stories] :
       {std::pair{1e6, 20000}, {5.9e6, 20000}, {6.1e6, 30000}, {10.1e6, 40000}, {22e6, 90000}}) {
    CHECK(stories_for(tokens, false).stories == stories);
    CHECK(stories_for(tokens, false).kind == DataKind::two_scripts);
  }
  CHECK(stories_for(22e6, true).stories == 2000);
  CHECK(stories_for(22e6, true).kind == DataKind::two_scripts);
}

TEST_CASE("the ladder: all sizes up to the one asked for; one that is not on it alone") {
  CHECK(sizes_up_to("0.1M") == std::vector<std::string>{"0.1M"});
  CHECK(sizes_up_to("2.6M") == std::vector<std::string>{"0.1M", "0.25M", "0.5M", "1M", "2.6M"});
  CHECK(sizes_up_to("nano") == std::vector<std::string>{"nano"});
}

TEST_CASE("methods on stories: none heeds no label, filters are weak, what splits has an optimizer for every owner") {
  const auto of = [](const char* method) { return method_run(sizing("nano"), "nano", method, 0.3, 7); };
  for (const char* method : {"none", "filter", "sgtm", "gradient_routing"}) {
    const PlannedRun run = of(method);
    const bool splits = strategy_named(run.config.strategy).splits;
    CHECK(run.size == "nano");
    CHECK(run.method == method);
    CHECK(run.undiscovered == 0.3);
    CHECK(run.config.seed == 7);
    CHECK(run.config.labels.undiscovered == (method == std::string("none") ? 0 : 0.3));
    CHECK(run.config.filter == (method == std::string("filter") ? "weak" : "none"));
    CHECK(run.config.optimizer == (splits ? "split" : "joint"));
    CHECK(!run.config.refill);
    CHECK(!run.config.split.mask_embeddings);
    CHECK(run.config.labels.retain_labeled == 0.25);
    CHECK(run.config.tokens == preset("nano").tokens);
    CHECK(run.data.stories == 20000);
  }
  CHECK(of("gradient_routing").config.strategy == "gradient_routing");
  CHECK(of("filter").config.strategy == "none");
  const PlannedRun quick = method_run(sizing("0.1M", true), "0.1M", "sgtm", 0.3, 7);
  CHECK(quick.config.tokens == 100000);
  CHECK(quick.config.calibration_steps == 20);
  CHECK(quick.data.stories == 2000);
}

TEST_CASE("watched: ten looks on the way; gradients where the strategy splits") {
  const auto of = [](const char* method, bool quick) {
    const Sizing s = sizing("nano", quick);
    return watched(s, method_run(s, "nano", method, 0, 1)).config;
  };
  CHECK(of("sgtm", false).evaluate_every == 0.1);
  CHECK(of("sgtm", false).gradient_documents == 64);
  CHECK(of("filter", false).evaluate_every == 0.1);
  CHECK(of("filter", false).gradient_documents == 0);
  CHECK(of("sgtm", true).evaluate_every == 0.5);
  CHECK(of("sgtm", true).gradient_documents == 4);
}

TEST_CASE(
    "attacks and RMU: an attack's rate is a tenth of training's, RMU's a share of it; RMU is attacked 1,000 steps") {
  const PlannedRun run = method_run(sizing("0.1M"), "0.1M", "none", 0, 3);
  const RunConfig hit = attacked(sizing("0.1M"), run, 700).config;
  CHECK(hit.relearning.steps == 700);
  CHECK(hit.relearning.rate == doctest::Approx(0.002));
  CHECK(hit.learning_rate == 0.02);
  CHECK(attacked(sizing("0.1M", true), run, 700).config.relearning.steps == 10);
  for (const bool quick : {false, true}) {
    const PlannedRun rmu = story_unlearned(sizing("0.1M", quick), 3, {0.3, 16});
    CHECK(rmu.method == "rmu");
    CHECK(rmu.config.seed == 3);
    CHECK(rmu.config.strategy == "none");
    CHECK(rmu.config.filter == "none");
    CHECK(rmu.config.unlearn == "rmu");
    CHECK(rmu.config.rmu.rate == doctest::Approx(0.006));
    CHECK(rmu.config.rmu.strength == 16);
    CHECK(rmu.config.rmu.steps == (quick ? 10 : 250));
    CHECK(rmu.config.relearning.steps == (quick ? 10 : 1000));
    CHECK(rmu.config.relearning.rate == doctest::Approx(0.002));
  }
}

TEST_CASE("budgets: a share of the tokens, and the name says so; the whole has the method's name") {
  const PlannedRun run = method_run(sizing("0.1M"), "0.1M", "filter", 0.2, 1);
  CHECK(with_budget(run, 0.25).config.tokens == 750000);
  CHECK(with_budget(run, 0.25).method == "filter, 0.25 of the tokens");
  CHECK(with_budget(run, 0.25).data.stories == run.data.stories);
  CHECK(identity(with_budget(run, 1)) == identity(run));
  CHECK(with_budget(run, 1).method == "filter");
}

TEST_CASE("worlds: entities as a size can learn them, 84 articles each, and a field to forget with its neighbours") {
  for (const auto& [size, entities] :
       {std::pair{"nano", 120}, {"0.1M", 120}, {"0.25M", 240}, {"0.5M", 480}, {"1M", 960}}) {
    const EncyclopediaConfig e = world_for(sizing("2.6M"), size).encyclopedia;
    CHECK(e.world.entities == entities);
    CHECK(e.articles == 84 * entities);
    CHECK(e.world.entanglement == 0.57);
    CHECK(e.forget == std::vector<std::string>{"biology"});
    CHECK(e.adjacent == std::vector<std::string>{"medicine", "chemistry", "earth"});
  }
  const RunData second = world_for(sizing("0.1M", true), "1M", military, 0.25);
  CHECK(second.kind == DataKind::encyclopedia);
  CHECK(second.encyclopedia.world.entities == 24);
  CHECK(second.encyclopedia.world.entanglement == 0.25);
  CHECK(second.encyclopedia.forget == std::vector<std::string>{"military"});
  CHECK(second.encyclopedia.adjacent == std::vector<std::string>{"history", "biography", "transportation"});
  for (const char* name : {"fields", "fields-second"})
    for (const PlannedRun& run : plans_of(name, 1))
      CHECK(run.data.encyclopedia.adjacent == (name == std::string("fields") ? biology : military).neighbours);
}

TEST_CASE("methods on the encyclopedia: the paper's calibration, a quarter more tokens, a tenth labeled retain") {
  for (const char* method : field_methods) {
    const RunConfig c = field_run(sizing("0.25M"), method, 4).config;
    const bool sgtm = method == std::string("sgtm"), none = method == std::string("none");
    CHECK(c.seed == 4);
    CHECK(c.tokens == 1.25 * 5.4e6);
    CHECK(c.calibration_adjacent == 100);
    CHECK(c.calibration_retain == 100);
    CHECK(c.calibration_steps == 500);
    CHECK(c.calibration_documents == 8);
    CHECK(c.strategy == (sgtm ? "sgtm" : "none"));
    CHECK(c.filter == (sgtm || none ? "none" : method));
    CHECK(c.refill == (!sgtm && !none));
    CHECK(c.optimizer == (sgtm ? "split" : "joint"));
    CHECK(c.split.mask_embeddings == sgtm);
    CHECK(c.labels.retain_labeled == (none ? 0.25 : 0.1));
    CHECK(c.relearning.steps == 0);
    const RunConfig quick = field_run(sizing("0.25M", true), method, 4).config;
    CHECK(quick.tokens == 60000);
    CHECK(quick.calibration_steps == 20);
    for (const bool is_quick : {false, true}) {
      const RunConfig course = field_course_run(sizing("0.25M", is_quick), method, 4).config;
      CHECK(course.evaluate_every == (is_quick ? 0.5 : 0.25));
      CHECK(course.relearning.steps == (none ? 0 : is_quick ? 10 : 3000));
    }
  }
  const RunConfig rmu = field_unlearned(sizing("0.25M"), 4, {0.1, 64}).config;
  CHECK(rmu.rmu.rate == doctest::Approx(0.0008));
  CHECK(rmu.tokens == 1.25 * 5.4e6);
  CHECK(rmu.relearning.steps == 1000);
}

TEST_CASE("every run that splits has an optimizer for every owner, but where one for all is what is tried") {
  for (const Experiment& e : experiments())
    for (const PlannedRun& run : plans_of(e.name, 1)) {
      CAPTURE(run.method);
      const bool one_for_all = run.method == "one script, joint optimizer" || run.method == "one script, both";
      CHECK((run.config.optimizer == "split") == (strategy_named(run.config.strategy).splits && !one_for_all));
      CHECK((run.config.labels.noise == "plot") == run.method.ends_with("whole plots missed"));
      if (run.config.relearning.steps > 0)
        CHECK(run.config.relearning.rate == doctest::Approx(0.1 * run.config.learning_rate));
      CHECK(run.config.refill == (run.data.kind == DataKind::encyclopedia && run.config.filter != "none"));
      CHECK((run.data.kind == DataKind::stories) == run.method.starts_with("one script"));
    }
}

TEST_CASE("scaling: constant counts are one head and 24 units at every size from 0.25M, the other runs' an eighth") {
  int constant = 0;
  for (const PlannedRun& run : plans_of("scaling", 1, "1M")) {
    const bool is_constant = run.method == "sgtm, constant counts";
    constant += is_constant;
    CHECK(run.config.split.forget_units == (is_constant ? 24 : run.config.model.mlp_width / 8));
    CHECK(run.config.split.forget_heads == 1);
    CHECK(!(is_constant && run.size == "0.1M"));
  }
  CHECK(constant == 12);  // three sizes, four rates
}

TEST_CASE("standard runs: larger models, whose runs take longer, have fewer shares, and begin further to the left") {
  for (const auto& [size, shares] : std::map<std::string, std::vector<double>>{
           {"0.1M", {0, 0.0006, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1}},
           {"0.25M", {0, 0.0006, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 1}},
           {"0.5M", {0, 0.0003, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2}},
           {"1M", {0, 0.00015, 0.0003, 0.001, 0.002, 0.005, 0.01, 0.05, 0.2}}}) {
    const std::string& of = size;  // clang 14 captures no part of a structured binding
    CAPTURE(of);
    Sizing two_seeds = sizing(size);
    two_seeds.seeds = 2;
    const auto runs = standard_runs(two_seeds, size);
    REQUIRE(runs.size() == 2 * shares.size());
    for (std::size_t i = 0; i < runs.size(); ++i) {
      CHECK(runs[i].undiscovered == shares[i % shares.size()]);
      CHECK(runs[i].config.seed == 1 + i / shares.size());
      CHECK(runs[i].method == "filter");
    }
  }
}

TEST_CASE("experiments share the runs that they say they share") {
  CHECK(shared("fields-tradeoff", "fields") == Names{"none", "weak", "strict", "sgtm"});
  CHECK(shared("fields-relearning", "fields") == Names{"none", "weak", "strict", "sgtm"});
  CHECK(shared("fields-relearning", "fields-rmu") == Names{"rmu"});
  CHECK(shared("fields-compute", "fields") == Names{"none", "weak", "strict", "sgtm"});
  CHECK(shared("fields-dual", "fields") == Names{"none", "weak", "everything masked"});
  CHECK(shared("fields-classifier", "fields") == Names{"weak, TPR 1, FPR 0", "sgtm, TPR 1, FPR 0"});
  CHECK(shared("entanglement", "fields") == Names{"none, 57 % told elsewhere", "weak, 57 % told elsewhere",
                                                  "strict, 57 % told elsewhere", "sgtm, 57 % told elsewhere"});
  CHECK(shared("fields-second", "fields").empty());
  CHECK(shared("relearning", "rmu") == Names{"rmu"});
  CHECK(shared("relearning", "undiscovered") == Names{"none"});
  CHECK(shared("scaling", "leakage") == Names{"filter", "sgtm"});
  CHECK(shared("token-losses", "undiscovered") == Names{"none", "filter", "sgtm"});
  CHECK(shared("gradient-norms", "tradeoff") == Names{"sgtm"});
  CHECK(shared("absorption", "gradient-norms") == Names{"sgtm"});
  CHECK(shared("dual-model", "undiscovered") == Names{"none", "joint embeddings"});
  CHECK(shared("learning-rates", "compute-penalty") == Names{"none, 1 of the preset's rate"});
}

namespace {

/// An experiment of two runs per seed, and one that is known by two names, on data that need not be prepared.
std::vector<PlannedRun> two_runs(const Sizing& sizing) {
  std::vector<PlannedRun> table;
  for (int seed = 1; seed <= sizing.seeds; ++seed)
    for (const char* method : {"none", "sgtm", "sgtm"}) {
      table.push_back(method_run(sizing, sizing.size, method, 0, seed));
      table.back().data = {DataKind::bible};
    }
  return table;
}

struct AskedScene {
  TemporaryFolder folder{"asked"};
  Folders folders{folder / "runs", {}};
  Experiment two{"two", "", "", "", two_runs, nullptr, "nano", 2};
  AskedScene() {
    fs::create_directories(folder / "runs/data/bible");
    write_file(folder / "runs/data/bible/data.json", RunsFolder::facts(1));
  }
  Asked asked(bool or_usual = false) const { return everything_asked_of(two, folders, preset, or_usual); }
};

using Commands = std::vector<std::string>;

}  // namespace

TEST_CASE("asked: what was asked for is remembered once, in all its sizes, and told as a command") {
  const AskedScene scene;
  CHECK(scene.asked().runs.empty());
  CHECK(scene.asked().commands.empty());
  CHECK(scene.asked(true).runs.size() == 4);
  CHECK(scene.asked(true).commands == Commands{"sgtm experiment run two"});
  remember("two", {"nano", 2, false, preset}, scene.folders);
  remember("other", {"0.5M", 7, false, preset}, scene.folders);
  remember("two", {"nano", 3, false, preset}, scene.folders);
  remember("two", {"nano", 2, false, preset}, scene.folders);
  remember("two", {"0.1M", 1, false, preset}, scene.folders);
  CHECK(scene.asked(true).commands == Commands{"sgtm experiment run two", "sgtm experiment run two --seeds 3",
                                               "sgtm experiment run two --size 0.1M --seeds 1"});
  const TemporaryFolder fresh("asked-first");
  remember("two", {"nano", 2, false, preset}, {fresh / "runs", {}});
  CHECK(fs::exists(fresh / "runs/experiments.json"));
  CHECK(scene.asked().runs.size() == 6 + 2);  // of three seeds two were asked for twice
}

TEST_CASE("asked: quick runs count only while no others have finished") {
  const AskedScene scene;
  remember("two", {"nano", 2, true, preset}, scene.folders);
  CHECK(scene.asked().commands == Commands{"sgtm experiment run two --quick"});
  CHECK(scene.asked(true).commands == Commands{"sgtm experiment run two --quick"});
  CHECK(scene.asked().runs.front().plan.config.tokens == 100000);
  remember("two", {"nano", 1, false, preset}, scene.folders);
  CHECK(scene.asked().commands == Commands{"sgtm experiment run two --quick"});
  remember("two", {"nano", 2, false, preset}, scene.folders);
  const Experiment& two = scene.two;
  const fs::path done = place(two.runs({"nano", 1, false, preset}), preset, scene.folders)[1].folder;
  fs::create_directories(done);
  write_file(done / "result.json", "{}");
  CHECK(scene.asked().commands == Commands{"sgtm experiment run two --seeds 1", "sgtm experiment run two"});
  CHECK(scene.asked().runs.front().plan.config.tokens == preset("nano").tokens);
}

TEST_CASE("asked: a file that is damaged in any way is refused") {
  const AskedScene scene;
  for (const char* text : {"{", "{}", "[1]", R"([{"size": "nano", "seeds": 1, "quick": false}])",
                           R"([{"experiment": 1, "size": "nano", "seeds": 1, "quick": false}])",
                           R"([{"experiment": "two", "seeds": 1, "quick": false}])",
                           R"([{"experiment": "two", "size": 3, "seeds": 1, "quick": false}])",
                           R"([{"experiment": "two", "size": "nano", "quick": false}])",
                           R"([{"experiment": "two", "size": "nano", "seeds": 1.5, "quick": false}])",
                           R"([{"experiment": "two", "size": "nano", "seeds": 1}])",
                           R"([{"experiment": "two", "size": "nano", "seeds": 1, "quick": 0}])"}) {
    CAPTURE(std::string(text));
    write_file(scene.folder / "runs/experiments.json", text);
    CHECK_THROWS_WITH_AS(scene.asked(), doctest::Contains("is damaged"), Error);
    CHECK_THROWS_AS(remember("two", {"nano", 1, false, preset}, scene.folders), Error);
  }
}
