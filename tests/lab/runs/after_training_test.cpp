#include "lab/runs/after_training.hpp"

#include <doctest/doctest.h>

#include "core/machine.hpp"
#include "eval/calibration.hpp"
#include "eval/losses.hpp"
#include "eval/rmu.hpp"
#include "lab/runs/saved_model.hpp"
#include "sgtm/ablation.hpp"
#include "tests/support/small_runs.hpp"

using namespace sgtm;
using nlohmann::ordered_json;

namespace {

/// The model that a run left, and its losses where a test has done something to it.
struct Left {
  RunConfig config;
  SavedModel model;
  Layout layout = model.layout();
  Network<float> network{model.config, layout};
  Left(const RunConfig& c, const fs::path& folder) : config(c), model(read_model(folder)) {}

  Partition partition() const {
    return make_partition(layout, model.config, model.split, strategy_named(model.strategy));
  }
  ordered_json losses() {
    ordered_json json;
    for (const auto& [source, loss] : held_out_losses(network, model.config, model.parameters, adjacent_data().data))
      json[name(source)] = loss;
    return json;
  }
  void calibrate() {
    sgtm::calibrate(network, model.config, model.parameters, adjacent_data().data, calibration_of(config), config.seed);
  }
};

}  // namespace

TEST_CASE(
    "results: losses of the model as trained, then ablated, then calibrated, whatever an attack does in between") {
  const TemporaryFolder folder("results");
  RunConfig config = run_on_adjacent_data();
  const ordered_json plain = run_in(folder, "plain", config);
  config.relearning = {6, 8, 20, 0.05};
  const ordered_json attacked = run_in(folder, "attacked", config);

  Left left(config, folder / "plain");
  CHECK(left.model.state == "trained");
  CHECK(plain["losses"]["trained"] == left.losses());
  ablate(left.model.parameters, left.partition());
  CHECK(plain["losses"]["ablated"] == left.losses());
  left.calibrate();
  CHECK(plain["losses"]["calibrated"] == left.losses());
  CHECK(plain["losses"]["trained"] != plain["losses"]["ablated"]);
  CHECK(plain["losses"]["ablated"] != plain["losses"]["calibrated"]);

  // The histograms are of the calibrated model.
  for (const Source source : sources) {
    const auto counts = loss_histogram(left.network, left.model.config, left.model.parameters,
                                       *adjacent_data().data.parts.at(name(source)).held_out);
    CHECK(plain["token_losses"]["counts"][name(source)] == counts);
  }
  CHECK(plain["token_losses"]["bin"] == loss_bin);

  CHECK(attacked["losses"] == plain["losses"]);
  CHECK(attacked["token_losses"] == plain["token_losses"]);
  CHECK(plain["relearning"].empty());
  const ordered_json& curve = attacked["relearning"];
  REQUIRE(curve.size() == 7);
  CHECK(curve[0]["step"] == 0);
  CHECK(curve[0]["forget"] == plain["losses"]["ablated"]["forget"]);  // it begins with the ablated model
  CHECK(curve[6]["step"] == 6);
  CHECK(curve[6]["forget"] < curve[0]["forget"]);
  CHECK(curve[6]["forget_tokens"] > curve[1]["forget_tokens"]);
}

TEST_CASE("results: what does not split has no ablated state; without calibration nothing is called calibrated") {
  const TemporaryFolder folder("unsplit");
  RunConfig config = run_on_adjacent_data();
  config.strategy = "none";
  const ordered_json result = run_in(folder, "none", config);
  Left left(config, folder / "none");
  CHECK(result["losses"]["trained"] == left.losses());
  for (const char* source : {"retain", "adjacent", "forget"}) CHECK(result["losses"]["ablated"][source].is_null());
  left.calibrate();
  CHECK(result["losses"]["calibrated"] == left.losses());
  config.calibration_steps = 0;
  const ordered_json uncalibrated = run_in(folder, "uncalibrated", config);
  CHECK(uncalibrated["losses"]["trained"] == result["losses"]["trained"]);
  CHECK(uncalibrated["losses"]["calibrated"]["forget"].is_null());
}

TEST_CASE("results: RMU unlearns the trained model; what it leaves is attacked and calibrated") {
  const TemporaryFolder folder("unlearned");
  RunConfig config = run_on_adjacent_data();
  config.strategy = "none", config.unlearn = "rmu";
  config.rmu = {5, 2, 5e-3, 4, 10};
  config.relearning = {2, 8, 20, 1e-3};
  const ordered_json result = run_in(folder, "rmu", config);
  Left left(config, folder / "rmu");
  CHECK(result["losses"]["trained"] == left.losses());
  unlearn(left.network, left.layout, left.model.parameters, adjacent_data().data, config.rmu, config.seed);
  CHECK(result["losses"]["ablated"] == left.losses());
  CHECK(result["relearning"][0]["forget"] == result["losses"]["ablated"]["forget"]);
  left.calibrate();
  CHECK(result["losses"]["calibrated"] == left.losses());
  CHECK(result["losses"]["trained"] != result["losses"]["ablated"]);
}

TEST_CASE(
    "results: counts are those of the labels and of metrics.csv; settings, version and machine stand beside them") {
  const TemporaryFolder folder("counts");
  RunConfig config = run_on_adjacent_data();
  config.strategy = "none", config.filter = "strict";
  config.labels.false_positive_rate = 0.4, config.labels.retain_labeled = 1;
  config.steps = 20;
  config.seed = 3;
  const ordered_json result = run_in(folder, "run", config);
  check_tokens(result, folder / "run");
  CHECK(result["skipped_tokens"] > 0);
  CHECK(result["tokens"]["forget"]["unlabeled"] > 0);
  CHECK(result["tokens"]["retain"]["retain"] > 0);
  CHECK(result["labels"] == ordered_json({{"retain", {{"forget", 22}, {"unlabeled", 0}, {"retain", 32}}},
                                          {"adjacent", {{"forget", 11}, {"unlabeled", 0}, {"retain", 16}}},
                                          {"forget", {{"forget", 30}, {"unlabeled", 10}, {"retain", 0}}}}));
  double trained = 0;
  for (const auto& by_label : result["tokens"])
    for (const auto& tokens : by_label) trained += tokens.get<double>();
  CHECK(result["tokens_per_second"].get<double>() * result["training_seconds"].get<double>() ==
        doctest::Approx(trained));
  for (const Source source : sources)
    CHECK(result["floor"][name(source)] == *adjacent_data().data.parts.at(name(source)).floor);
  CHECK(result["parameters"] == Layout(config.model).parameters());
  CHECK(result["steps"] == 20);
  CHECK(result["seed"] == 3);
  CHECK(nlohmann::json(result["settings"]) == to_json(config));
  CHECK(result["version"] == version());
  CHECK(result["numerics"] == numerics_version);
  CHECK(result["data"] == fs::absolute(adjacent_data().path).string());
  CHECK(result["machine"]["processor"] == this_machine().processor);
  CHECK(result["machine"]["compiler"] == this_machine().compiler);
  CHECK(result["machine"]["flags"] == this_machine().flags);
  CHECK(result["recall"].empty());
}

TEST_CASE("results: a source that the data lack is null in the losses and the floor, and has no counts") {
  const TemporaryFolder folder("two-sources");
  RunConfig config = small_run();
  const ordered_json result = to_json(run(config, {small_data().path, folder / "run", 0, false}));
  CHECK(result["losses"]["trained"]["adjacent"].is_null());
  CHECK(result["floor"]["adjacent"].is_null());
  CHECK_FALSE(result["tokens"].contains("adjacent"));
  CHECK_FALSE(result["labels"].contains("adjacent"));
  const fs::path path = folder / "run/result.json";
  CHECK(to_json(read_result(path)).dump() == result.dump());
  const auto damaged = [&](const std::string& where, const ordered_json& changed) {
    write_file(path, changed.dump());
    CHECK_THROWS_WITH_AS(read_result(path), doctest::Contains(("is damaged (" + where + ")").c_str()), Damaged);
  };
  for (const auto& entry : result.items()) {
    const std::string part = entry.key();
    if (part == "recall" || part == "evaluations" || part == "gradients" || part == "skipped_tokens" ||
        part == "training_seconds" || part == "tokens_per_second")
      continue;
    CAPTURE(part);
    ordered_json cut = result, other = result;
    cut.erase(part);
    damaged(part, cut);
    other[part] = entry.value().is_string() ? ordered_json(3) : "three";
    damaged(part, other);
  }
  const auto with = [&](const char* at, const ordered_json& value) {
    ordered_json changed = result;
    changed[ordered_json::json_pointer(at)] = value;
    return changed;
  };
  damaged("losses.trained", with("/losses/trained", 3));
  damaged("losses.trained.forget", with("/losses/trained/forget", "x"));
  damaged("relearning.0.step", with("/relearning", {{{"forget", 1}}}));
  damaged("relearning", with("/settings/relearn-steps", 5));
  damaged("evaluations", with("/settings/evaluate-every", 5));
  damaged("gradients", with("/settings/gradient-documents", 5));
  damaged("machine.cores", with("/machine/cores", -1));
  damaged("losses.calibrated", with("/losses/calibrated/forget", nullptr));
  damaged("losses.trained", with("/losses/trained", {{"retain", nullptr}, {"forget", nullptr}}));
  damaged("tokens", with("/tokens", ordered_json::object()));
  damaged(".", ordered_json::array());
  write_file(path, result.dump().substr(0, 1000));
  CHECK_THROWS_AS(read_result(path), Damaged);
}

TEST_CASE("results: what is recalled of a group is found by state, and its lack is told") {
  RunResult result;
  result.recall["trained"] = {{"forget", 1, 1, {0.5, 0, 0, 1}, {}}};
  CHECK(recall_of(result, "trained", "forget").accuracy.mean == 0.5);
  CHECK(find_recall(result, "calibrated", "forget") == nullptr);
  CHECK(find_recall(result, "trained", "retain") == nullptr);
  CHECK_THROWS_WITH_AS(recall_of(result, "trained", "retain"), doctest::Contains("recalled of retain"), Error);
}

TEST_CASE("results: a rate that was too high is named where losses are no longer numbers") {
  const TemporaryFolder folder("not-finite");
  RunConfig config = run_on_adjacent_data();
  config.relearning = {3, 8, 0, 1e30};
  CHECK_THROWS_WITH_AS(run_in(folder, "attack", config), doctest::Contains("smaller --relearn-rate"), Error);
  config.relearning.steps = 0;
  config.strategy = "none", config.unlearn = "rmu", config.rmu.rate = 1e30;
  CHECK_THROWS_WITH_AS(run_in(folder, "rmu", config), doctest::Contains("smaller --rmu-rate"), Error);
}
