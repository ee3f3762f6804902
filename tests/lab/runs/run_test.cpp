#include "lab/runs/run.hpp"

#include <doctest/doctest.h>

#include <set>

#include "core/error.hpp"
#include "core/safetensors.hpp"
#include "eval/losses.hpp"
#include "eval/recall.hpp"
#include "eval/relearning.hpp"
#include "lab/runs/saved_model.hpp"
#include "sgtm/ablation.hpp"
#include "tests/support/close.hpp"
#include "tests/support/program.hpp"
#include "tests/support/small_runs.hpp"
#include "text/raw_data.hpp"
#include "train/trainer.hpp"

using namespace sgtm;
using nlohmann::ordered_json;

namespace {

/// A result without what no two runs share.
ordered_json without_times(ordered_json result) {
  for (const char* key : {"training_seconds", "tokens_per_second"}) result.erase(key);
  return result;
}

/// A finished run's folder, as it was when step `step` was saved and a few more had been logged.
void cut_back(const fs::path& folder, const RunConfig& config, Index step, float added = 0) {
  fs::remove(folder / "result.json");
  fs::remove(folder / "model.safetensors");
  Trainer trainer(config, adjacent_data().data);
  while (trainer.next_step() < step) trainer.step();
  trainer.parameters() += added;
  trainer.save(folder / "checkpoint.safetensors");
}

}  // namespace

TEST_CASE("run: what was cut goes on and ends with the same result, tokens and lines of every file") {
  const TemporaryFolder folder("resumed");
  RunConfig config = run_on_adjacent_data();
  config.optimizer = "split";
  config.evaluate_every = 4, config.gradient_documents = 1;
  config.relearning = {2, 8, 20, 1e-3};
  const fs::path out = folder / "run";
  const ordered_json whole = run_in(folder, "run", config);
  CHECK(whole == ordered_json::parse(read_file(out / "result.json")));
  CHECK_FALSE(fs::exists(out / "checkpoint.safetensors"));
  std::map<std::string, std::string> files;
  for (const char* file : {"metrics.csv", "evaluations.csv", "gradients.csv", "settings.json", "model.safetensors"})
    files[file] = read_file(out / file);
  for (const Index step : {5, 8, 14}) {  // between two looks, at one, and after the last step
    CAPTURE(step);
    cut_back(out, config, step);
    const ordered_json resumed = run_in(folder, "run", config);
    CHECK(without_times(resumed) == without_times(whole));
    check_tokens(resumed, out);
    for (const auto& [file, bytes] : files) CHECK(read_file(out / file) == bytes);
  }
  // What was saved is what it goes on from: with other parameters there it ends otherwise.
  cut_back(out, config, 8, 0.5f);
  CHECK(run_in(folder, "run", config)["losses"] != whole["losses"]);
}

TEST_CASE("run: whenever it is killed, what was seen up to the saved step is in its files") {
  const TemporaryFolder folder("killed");
  const Outcome killed = run_shell(
      folder,
      "$SGTM train --data '" + adjacent_data().path.string() +
          "' --vocabulary 410 --context 400 --width 16 --mlp-width 32 --forget-units 4 --batch 1 --steps 100000 "
          "--evaluate-every 5 --gradient-documents 1 --calibration-steps 0 --retain-labeled 0.5 --save-every 3 --out "
          "run & "
          "until [ -e run/checkpoint.safetensors ] || ! kill -0 $!; do sleep 0.05; done; "
          "sleep 0.5; kill -9 $!; wait $!");
  CAPTURE(killed.error);
  REQUIRE(killed.code == 137);
  const SafetensorsFile checkpoint(folder / "run/checkpoint.safetensors");
  const auto saved = nlohmann::json::parse(checkpoint.metadata().at("state")).at("step").get<std::size_t>();
  CHECK(saved > 5);
  CHECK(read_rows(folder / "run/metrics.csv").size() >= saved);
  std::map<std::string, std::set<std::string>> looks;
  for (const char* file : {"evaluations.csv", "gradients.csv"})
    for (const auto& row : read_rows(folder / ("run/" + std::string(file)))) looks[file].insert(row.text(0));
  for (std::size_t step = 0; step < saved; step += 5) {
    CHECK(looks["evaluations.csv"].contains(std::to_string(step)));
    CHECK(looks["gradients.csv"].contains(std::to_string(step)));
  }
}

TEST_CASE("run: metrics.csv has every step once, with its rate, source, label and loss") {
  const TemporaryFolder folder("metrics");
  RunConfig config = run_on_adjacent_data();
  config.strategy = "none", config.filter = "weak";
  run_in(folder, "run", config);
  const auto rows = read_rows(folder / "run/metrics.csv");
  REQUIRE(rows.size() == 14);
  Trainer trainer(config, adjacent_data().data);
  int skipped = 0;
  for (const auto& row : rows) {
    const StepReport r = trainer.step();
    CHECK(row.step() == r.step);
    CHECK(close(row.number(1), r.rate, 1e-5));
    CHECK(row.text(2) == name(r.source));
    CHECK(row.text(3) == name(r.label));
    CHECK(row.text(4) == (r.skipped ? "1" : "0"));
    CHECK(row.number(5) == r.tokens);
    if (!r.skipped) CHECK(close(row.number(6), r.loss, 1e-5));
    if (r.skipped) CHECK(row.text(6).empty());
    skipped += r.skipped;
  }
  CHECK(skipped > 0);
}

TEST_CASE("run: the model that it leaves is the trained one, and says of what split, data and tokenizer it is") {
  const TemporaryFolder folder("model");
  RunConfig config = run_on_adjacent_data();
  config.split.mask_embeddings = true;
  run_in(folder, "run", config);
  Trainer trainer(config, adjacent_data().data);
  while (trainer.next_step() < trainer.steps()) trainer.step();
  const SavedModel model = read_model(folder / "run");
  CHECK((model.parameters == trainer.parameters()).all());
  CHECK(model.config == config.model);
  CHECK(model.split == config.split);
  CHECK(model.strategy == "sgtm");
  CHECK(model.state == "trained");
  CHECK(model.tokenizer == adjacent_data().data.tokenizer_fingerprint);
  CHECK(model.data == fs::absolute(adjacent_data().path).string());
  const Tokenizer tokenizer = Tokenizer::read(folder / "run");
  CHECK(tokenizer.fingerprint() == Tokenizer::read(adjacent_data().path).fingerprint());
  CHECK(model.end_token == tokenizer.end_token());
}

TEST_CASE("run: a finished one is not run again; of other settings, other data or damaged it is refused") {
  const TemporaryFolder folder("finished");
  RunConfig config = run_on_adjacent_data();
  config.steps = 2, config.calibration_steps = 0;
  const fs::path out = folder / "run";
  run_in(folder, "run", config);
  ordered_json marked = ordered_json::parse(read_file(out / "result.json"));
  marked["parameters"] = 7;
  write_file(out / "result.json", marked.dump());
  CHECK(run_in(folder, "run", config) == marked);

  const auto refused = [&](const RunConfig& other, const RunOptions& options, const char* why) {
    CHECK_THROWS_WITH_AS(run(other, options), doctest::Contains(why), Error);
  };
  RunConfig other = config;
  other.seed = 2;
  refused(other, {adjacent_data().path, out, 0, false}, "another configuration (seed: 5, not 2)");
  refused(config, {small_data().path, out, 0, false}, "another configuration (other data)");
  const auto known = ordered_json::parse(read_file(out / "settings.json"))["data"]["documents and tokens"];
  for (const auto& [source, part] : adjacent_data().data.parts)
    CHECK(known[source] == ordered_json::array({part.train->documents(), part.train->tokens()}));
  write_file(out / "result.json", "{}");
  refused(config, {adjacent_data().path, out, 0, false}, "result.json: is damaged");
  write_file(out / "settings.json", "{");
  CHECK_FALSE(can_go_on(out));
  refused(config, {adjacent_data().path, out, 0, false}, "settings.json: is damaged");
  write_file(out / "result.json", marked.dump());
  other.learning_rate = 1e15;  // fails on its way
  CHECK_THROWS_AS(run(other, {adjacent_data().path, out, 0, true}), Error);
  CHECK(ordered_json::parse(read_file(out / "old run/result.json")) == marked);
  const ordered_json anew = to_json(run(config, {adjacent_data().path, out, 0, true}));
  CHECK_FALSE(fs::exists(out / "old run"));
  CHECK_FALSE(anew.contains("marked"));
  CHECK(can_go_on(out));
  write_file(out / "checkpoint.safetensors", "cut");
  CHECK_FALSE(can_go_on(out));
  clear_run(out);
  CHECK(can_go_on(out));
  for (const char* file : {"settings.json", "checkpoint.safetensors", "result.json", "model.safetensors", "vocab.json"})
    CHECK_FALSE(fs::exists(out / file));
}

TEST_CASE("run: data and settings that do not fit leave no folder") {
  const TemporaryFolder folder("misfit");
  const auto refused = [&](const char* why, auto change) {
    RunConfig config = run_on_adjacent_data();
    change(config);
    CHECK_THROWS_WITH_AS(run_in(folder, "run", config), doctest::Contains(why), Error);
    CHECK_FALSE(fs::exists(folder / "run"));
  };
  refused("its tokenizer has", [](RunConfig& c) { c.model.vocabulary = 100; });
  refused("the model's context is 20", [](RunConfig& c) { c.model.context = 20; });
  refused("--batch 0", [](RunConfig& c) { c.batch = 0; });
  refused("--undiscovered 2", [](RunConfig& c) { c.labels.undiscovered = 2; });
  refused("GB", [](RunConfig& c) { c.model.width = 1 << 17, c.model.mlp_width = 1 << 20; });
}

TEST_CASE("train_arguments: a command that makes the run, with what differs from the preset and always the strategy") {
  RunConfig preset, config;
  preset.batch = config.batch = 5;
  config.labels.undiscovered = 0.2;
  CHECK(train_arguments(config, "0.1M", preset, "runs/my data", "runs/x") ==
        "train --data 'runs/my data' --preset 0.1M --strategy=sgtm --undiscovered=0.2 --out runs/x");
  config.strategy = "none";
  CHECK(train_arguments(config, "0.1M", preset, "d", "o") ==
        "train --data d --preset 0.1M --strategy=none --undiscovered=0.2 --out o");
}

TEST_CASE("run: where data have questions every state is asked, and the attack at every other look") {
  const TemporaryFolder folder("recall");
  EncyclopediaConfig of;
  of.world.entities = 24, of.articles = 240, of.forget = {"biology"};
  const RawData raw = make_encyclopedia(of);
  PrepareConfig prepared;
  prepared.out = folder / "data";
  prepared.vocabulary = 500, prepared.context = 400;
  prepare(prepared, raw.sources, raw.questions);
  RunConfig config = small_run();
  config.model.vocabulary = 500;
  config.seed = 3, config.steps = 20, config.learning_rate = 2e-2;
  config.labels.undiscovered = 0, config.labels.retain_labeled = 0.1;
  config.relearning = {4, 4, 1, 0.1};
  const ordered_json result = to_json(run(config, {prepared.out, folder / "run", 0, false}));
  SavedModel model = read_model(folder / "run");
  const Layout layout = model.layout();
  Network<float> network(model.config, layout);
  const Tokenizer tokenizer = Tokenizer::read(prepared.out);
  const auto known = [&] {
    return json_of(recall(raw.questions, answers(network, model.config, model.parameters, tokenizer, raw.questions)));
  };
  CHECK(result["recall"]["trained"] == known());
  ablate(model.parameters, make_partition(layout, model.config, model.split, strategy_named("sgtm")));
  const ordered_json ablated = known();
  CHECK(result["recall"]["ablated"] == ablated);
  CHECK(result["recall"]["calibrated"] != ablated);
  // The attack again: what each look sees is the model as far as it has come.
  const ordered_json& curve = result["relearning"];
  REQUIRE(curve.size() == 5);
  const Dataset data = read_dataset(prepared.out);
  std::size_t look = 0;
  std::set<double> seen;
  relearn(network, layout, model.parameters, data, config.relearning, config.seed, [&](Index, double tokens) {
    CHECK(curve[look]["forget_tokens"] == tokens);
    CHECK(curve[look]["forget"] ==
          mean_loss(network, model.config, model.parameters, *data.parts.at("forget").held_out));
    CHECK(curve[look].contains("recall") == (look % 2 == 0));
    if (look % 2 == 0) CHECK(curve[look]["recall"] == known()["forget"]["accuracy"]);
    if (look % 2 == 0) seen.insert(curve[look]["recall"].get<double>());
    ++look;
  });
  CAPTURE(seen.size());
  CHECK(seen.size() > 1);
  CHECK(ordered_json::parse(read_file(folder / "run/settings.json"))["data"]["questions"] ==
        fingerprint(raw.questions));
}
