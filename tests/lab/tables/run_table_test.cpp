// Where runs live, and which results count.
#include <doctest/doctest.h>
#include <fmt/ranges.h>

#include <set>

#include "core/hash.hpp"
#include "tests/support/placed_runs.hpp"

using namespace sgtm;

namespace {

/// Gives a setting another value than it has.
void change(bool& setting) {
  setting = !setting;
}
void change(Index& setting) {
  setting += 1;
}
void change(std::uint64_t& setting) {
  setting += 1;
}
void change(double& setting) {
  setting += 0.125;
}
void change(std::string& setting) {
  setting += "x";
}
void change(std::vector<Index>& setting) {
  setting.push_back(1);
}
void change(std::optional<double>& setting) {
  setting = 0.125;
}

RunConfig with_seed(std::uint64_t seed) {
  RunConfig config;
  config.seed = seed;
  return config;
}

}  // namespace

TEST_CASE("place: runs of one size on two data sets train each on its own") {
  const RunsFolder runs("two-data-sets");
  PlannedRun on_bible = RunsFolder::plan(), on_stories = on_bible;
  on_stories.data = {DataKind::stories, 12};
  const auto all = place(
      {on_bible, on_stories}, [](const std::string&) { return RunConfig{}; }, runs.folders);
  REQUIRE(all.size() == 2);
  CHECK(all[0].arguments.find("/runs/data/bible ") != std::string::npos);
  CHECK(all[1].arguments.find("/runs/data/stories-12 ") != std::string::npos);
}

TEST_CASE("place: a folder's name tells every setting and the data, and nothing else") {
  const RunsFolder runs("names");
  std::set<fs::path> seen{runs.placed().folder};
  RunConfig config;
  std::size_t settings = 0;
  for_each_setting(config, [&](const char* name, auto& setting, const char*) {
    CAPTURE(std::string(name));
    const auto before = setting;
    change(setting);
    CHECK(seen.insert(runs.placed(config).folder).second);
    CHECK(runs.placed(config).folder == runs.placed(config).folder);
    setting = before;
    ++settings;
  });
  CHECK(settings == to_json(config).size());

  const auto place_one = [&](const PlannedRun& plan, const RunConfig& preset, const Folders& folders) {
    return place(
               {plan}, [&](const std::string&) { return preset; }, folders)
        .front();
  };
  PlannedRun renamed = RunsFolder::plan();
  renamed.size = "other", renamed.method = "other", renamed.undiscovered = 0.5;
  CHECK(place_one(renamed, with_seed(9), runs.folders).folder == runs.placed().folder);
  const RunsFolder elsewhere("names-elsewhere");
  CHECK(elsewhere.placed().folder.filename() == runs.placed().folder.filename());
  CHECK(elsewhere.placed().folder.parent_path() == elsewhere.folder / "runs");
  elsewhere.set_data(RunsFolder::facts(2));
  CHECK(seen.insert(runs.folder / "runs" / elsewhere.placed().folder.filename()).second);
}

TEST_CASE("place: a name is the hash of the settings that are not the program's own, of the data and of the numerics") {
  // So it stays what it is when a new setting comes up.
  const RunsFolder runs("hash");
  RunConfig config;
  config.batch = 7, config.labels.undiscovered = 0.25;
  const auto name = hash_of("--batch=7 --undiscovered=0.25" + RunsFolder::facts(1) + std::to_string(numerics_version));
  CHECK(runs.placed(config).folder.filename() == name);
  auto with_digest = nlohmann::ordered_json::parse(RunsFolder::facts(1));  // which earlier versions did not write
  with_digest["digest"] = "0123";
  runs.set_data(with_digest.dump(2));
  CHECK(runs.placed(config).folder.filename() == name);
}

TEST_CASE("place: what a run is given, where its result is kept, and what it costs") {
  RunsFolder runs("places");
  RunConfig config, preset;
  config.batch = 7, config.seed = 3;
  preset.batch = 5, preset.tokens = 2e6;
  const auto placed = [&] {
    return place(
               {RunsFolder::plan(config)},
               [&](const std::string& size) {
                 CHECK(size == "tiny");
                 return preset;
               },
               runs.folders)
        .front();
  };
  const PlacedRun run = placed();
  CHECK(run.arguments ==
        fmt::format("train --data {} --preset tiny --strategy=sgtm --tokens=1000000 --batch=7 --seed=3 --out {}",
                    (runs.folder / "runs/data/bible").string(), run.folder.string()));
  CHECK(run.kept.empty());
  CHECK(run.cost == doctest::Approx(6e-9 * work_of(config) * static_cast<double>(Layout(config.model).parameters())));
  CHECK(run.plan.method == "sgtm");
  runs.folders.results = runs.folder / "kept";
  CHECK(placed().kept == runs.folder / "kept" / (run.folder.filename().string() + ".json"));
}

TEST_CASE("place: a run that goes on from another stands behind it, names its folder, and gives no shape") {
  const RunsFolder runs("from");
  const PlannedRun base = RunsFolder::plan();
  PlannedRun grown = base;
  grown.method = "grown";
  grown.from = std::make_shared<const PlannedRun>(base);
  grown.add_forget_units = 5;
  grown.config.model.mlp_width += 5;
  grown.config.split.forget_heads = 0, grown.config.split.forget_units = 5, grown.config.split.mask_embeddings = true;
  PlannedRun more = grown;
  more.add_forget_units = 6;
  const auto all = place(
      {grown, more}, [](const std::string&) { return RunConfig{}; }, runs.folders);
  REQUIRE(all.size() == 3);  // what both go on from stands there once
  CHECK(all[0].folder == runs.placed().folder);
  CHECK(all[0].from.empty());
  CHECK(all[1].from == all[0].folder);
  CHECK(std::set{all[0].folder, all[1].folder, all[2].folder}.size() == 3);
  CHECK(all[1].arguments.ends_with(
      fmt::format(" --from {} --add-forget-units 5", (runs.folders.runs / all[0].folder.filename()).string())));
  CHECK(all[1].arguments.find("--mask-embeddings") != std::string::npos);
  for (const char* shape : {"--mlp-width", "--forget-heads", "--forget-units"})
    CHECK(all[1].arguments.find(std::string(shape) + "=") == std::string::npos);
  PlannedRun renamed = base;
  renamed.method = "by another name";
  CHECK(place(
            {grown, renamed}, [](const std::string&) { return RunConfig{}; }, runs.folders)
            .size() == 2);
  CHECK(identity_of(grown) != identity_of(base));
  CHECK(identity_of(grown) != identity_of(more));
  PlannedRun of_another = grown;
  PlannedRun other = base;
  other.config.seed = 2;
  of_another.from = std::make_shared<const PlannedRun>(other);
  CHECK(identity_of(of_another) != identity_of(grown));
  CHECK(place(
            {of_another}, [](const std::string&) { return RunConfig{}; }, runs.folders)[1]
            .folder != all[1].folder);
}

TEST_CASE("place: of several sizes and data sets, each run is given its own") {
  const RunsFolder runs("several");
  PlannedRun small = RunsFolder::plan(), large = small, on_stories = small;
  small.size = "small", large.size = "large";
  small.config.batch = large.config.batch = on_stories.config.batch = 8;
  on_stories.data = {DataKind::stories, 300};
  const auto all = place(
      {small, large, on_stories},
      [](const std::string& size) {
        RunConfig preset;
        preset.batch = size == "large" ? 8 : 4;
        return preset;
      },
      runs.folders);
  REQUIRE(all.size() == 3);
  CHECK(all[0].arguments.find("--preset small --strategy=sgtm --batch=8 ") != std::string::npos);
  CHECK(all[1].arguments.find("--preset large --strategy=sgtm --out ") != std::string::npos);
  CHECK(all[1].arguments.find("data/bible ") != std::string::npos);
  CHECK(all[2].arguments.find("data/stories-300 ") != std::string::npos);
  CHECK(all[2].folder != all[0].folder);
}

TEST_CASE("place: what a table names twice is kept once; what it names otherwise, or by another size, stays") {
  const RunsFolder runs("twice");
  PlannedRun a = RunsFolder::plan(), renamed = a, larger = a, other = RunsFolder::plan(with_seed(2));
  renamed.method = "filter", larger.size = "large";
  const auto all = place(
      {a, renamed, a, other, larger, renamed}, [](const std::string&) { return RunConfig{}; }, runs.folders);
  REQUIRE(all.size() == 4);
  CHECK(all[0].plan.method == "sgtm");
  CHECK(all[1].plan.method == "filter");
  CHECK(all[2].plan.config.seed == 2);
  CHECK(all[3].plan.size == "large");
  CHECK(all[0].folder == all[3].folder);
}

TEST_CASE("distinct: runs of equal settings and data are one, and their order stays") {
  PlannedRun a = RunsFolder::plan(with_seed(1)), renamed = a, b = RunsFolder::plan(with_seed(2)), on_stories = a;
  renamed.method = "filter", renamed.size = "large";
  on_stories.data = {DataKind::stories, 20000};
  const auto all = distinct({b, a, renamed, b, on_stories});
  REQUIRE(all.size() == 3);
  CHECK(all[0].config.seed == 2);
  CHECK(all[1].method == "sgtm");
  CHECK(all[2].data.kind == DataKind::stories);
}

TEST_CASE("results: a run's own is taken before the kept one, and the kept one where its own is gone") {
  RunsFolder runs("kept");
  runs.folders.results = runs.folder / "kept";
  const PlacedRun run = runs.placed();
  CHECK(result_path(run).empty());
  CHECK(!result_of(run));
  auto result = whole_result(run.plan.config);
  result["parameters"] = 2;
  write_file(run.kept, result.dump());
  CHECK(result_path(run) == run.kept);
  CHECK(result_of(run)->parameters == 2);
  result["parameters"] = 3;
  write_file(run.folder / "result.json", result.dump());
  CHECK(result_path(run) == run.folder / "result.json");
  CHECK(result_of(run)->parameters == 3);
  write_file(run.folder / "result.json", "{");  // its own counts even where it is damaged
  CHECK_THROWS_AS(result_of(run), Damaged);
}

TEST_CASE("results: without a part, of no known numerics, or of settings beyond rounding they are refused") {
  const RunsFolder runs("refused");
  RunConfig config;
  config.labels.undiscovered = 0.2;
  const PlacedRun run = runs.placed(config);
  const auto whole = whole_result(config);
  const auto write = [&](const auto& result) { write_file(run.folder / "result.json", result.dump()); };
  write(whole);
  CHECK(result_of(run).has_value());
  for (const char* part : {"losses", "floor", "tokens", "token_losses", "parameters", "relearning", "settings"}) {
    CAPTURE(std::string(part));
    auto result = whole;
    result.erase(part);
    write(result);
    CHECK_THROWS_AS(result_of(run), Damaged);
  }
  auto result = whole;
  for (const char* counts : {"labels", "tokens"}) result[counts].erase("forget");  // as one, so that they agree
  write(result);
  CHECK_THROWS_WITH_AS(result_of(run), doctest::Contains("tells nothing of forget"), Damaged);
  result = whole;
  result.erase("numerics");
  write(result);
  CHECK_THROWS_AS(result_of(run), Damaged);
  result["numerics"] = numerics_version + 1;
  write(result);
  CHECK_THROWS_WITH_AS(result_of(run), doctest::Contains("computes otherwise"), Error);
  result = whole;
  result["settings"]["undiscovered"] = 0.2 * (1 + 5e-13);
  write(result);
  CHECK(result_of(run).has_value());
  result["settings"]["undiscovered"] = 0.2 * (1 + 5e-12);
  write(result);
  CHECK_THROWS_WITH_AS(result_of(run), doctest::Contains("other settings"), Error);
}

TEST_CASE("keep: a copy in a line, made where there is none yet; nothing where none is to be kept") {
  RunsFolder runs("keep");
  write_file(runs.folder / "result.json", whole_result({}).dump());
  RunResult result = read_result(runs.folder / "result.json");
  keep(runs.placed(), result);
  CHECK(!fs::exists(runs.folder / "kept"));
  runs.folders.results = runs.folder / "kept";
  const PlacedRun run = runs.placed();
  keep(run, result);
  const std::string kept = to_json(result).dump() + "\n";
  CHECK(read_file(run.kept) == kept);
  result.parameters = 100;
  keep(run, result);
  CHECK(read_file(run.kept) == kept);
}

TEST_CASE("finished: those that have a result, in their order; each is kept, unless that can't be done") {
  RunsFolder runs("finished");
  runs.folders.results = runs.folder / "kept";
  const std::vector<PlacedRun> all{runs.placed(with_seed(1)), runs.placed(with_seed(2)), runs.placed(with_seed(3))};
  for (const std::size_t i : {0u, 2u})
    write_file(all[i].folder / "result.json", whole_result(all[i].plan.config).dump());
  const auto done = finished(all);
  REQUIRE(done.size() == 2);
  CHECK(done[0].plan.config.seed == 1);
  CHECK(done[1].plan.config.seed == 3);
  CHECK(done[1].result.settings.seed == 3);
  CHECK(fs::exists(all[0].kept));
  CHECK(!fs::exists(all[1].kept));
  CHECK(fs::exists(all[2].kept));
  fs::remove_all(runs.folder / "kept");
  write_file(runs.folder / "kept", "a file in the way");
  CHECK(finished(all).size() == 2);
}
