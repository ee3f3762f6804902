#include "lab/runs/course.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "eval/calibration.hpp"
#include "eval/document_gradients.hpp"
#include "eval/losses.hpp"
#include "sgtm/ablation.hpp"
#include "tests/support/close.hpp"
#include "tests/support/small_runs.hpp"

using namespace sgtm;
using nlohmann::ordered_json;

namespace {

/// The losses of a run's look at a step, by state and source.
std::map<std::string, ordered_json> looked_at(const ordered_json& result, Index step) {
  std::map<std::string, ordered_json> states;
  for (const ordered_json& e : result["evaluations"])
    if (e["step"] == step) states[e["state"]][e["source"].get<std::string>()] = e["loss"];
  return states;
}

ordered_json losses_of(Trainer& trainer, const RunConfig& config, Flat<float> parameters) {
  ordered_json json;
  for (const auto& [source, loss] : held_out_losses(trainer.network(), config.model, parameters, adjacent_data().data))
    json[name(source)] = loss;
  return json;
}

void check_close(const ordered_json& seen, const ordered_json& expected) {
  REQUIRE(seen.size() == expected.size());
  for (const auto& [source, loss] : expected.items())
    CHECK(std::abs(seen.at(source).get<double>() - loss.get<double>()) <= 5.1e-7);  // six decimals
}

}  // namespace

TEST_CASE("course: looks at the model as it is, ablated, and calibrated, at every so many steps, and leaves no trace") {
  const TemporaryFolder folder("course");
  RunConfig config = run_on_adjacent_data();
  const ordered_json unwatched = run_in(folder, "unwatched", config);
  config.evaluate_every = 4;
  const ordered_json watched = run_in(folder, "watched", config);
  CHECK(watched["losses"] == unwatched["losses"]);
  CHECK(unwatched["evaluations"].empty());

  Trainer trainer(config, adjacent_data().data);
  std::vector<Index> steps;
  for (Index step = 0; step <= 14; ++step) {
    const auto seen = looked_at(watched, step);
    if (!seen.empty()) steps.push_back(step);
    if (!seen.empty() && step < 14) {
      REQUIRE(seen.size() == 3);
      Flat<float> parameters = trainer.parameters();
      check_close(seen.at("trained"), losses_of(trainer, config, parameters));
      ablate(parameters, trainer.partition());
      check_close(seen.at("ablated"), losses_of(trainer, config, parameters));
      calibrate(trainer.network(), config.model, parameters, adjacent_data().data, calibration_of(config), config.seed);
      check_close(seen.at("calibrated"), losses_of(trainer, config, parameters));
    }
    if (step < 14) trainer.step();
  }
  CHECK(steps == std::vector<Index>{0, 4, 8, 12, 14});
  for (const auto& [state, losses] : looked_at(watched, 14)) check_close(losses, watched["losses"][state]);
  CHECK(looked_at(watched, 14).size() == 3);
}

TEST_CASE("course: a share of the steps; what does not split is not ablated, and without calibration not calibrated") {
  const TemporaryFolder folder("course-share");
  RunConfig config = run_on_adjacent_data();
  config.strategy = "none", config.calibration_steps = 0;
  config.evaluate_every = 0.5;
  const ordered_json result = run_in(folder, "run", config);
  CHECK(looked_at(result, 0).size() == 1);
  CHECK(looked_at(result, 7).at("trained").size() == 3);
  CHECK(looked_at(result, 14).size() == 1);
  CHECK(result["evaluations"].size() == 3 * 3);
  for (const auto& [name, every] : {std::pair{"a step", 1.0}, {"less than a step", 0.001}}) {
    config.evaluate_every = every;
    CHECK(run_in(folder, name, config)["evaluations"].size() == 15 * 3);
  }
}

TEST_CASE("course: gradients are relative to their parameters' length; means over documents, norms early and late") {
  const TemporaryFolder folder("course-gradients");
  RunConfig config = run_on_adjacent_data();
  config.evaluate_every = 4, config.gradient_documents = 2;
  const ordered_json result = run_in(folder, "run", config);

  Trainer trainer(config, adjacent_data().data);
  std::size_t entries = 0;
  double labeled = 0;
  for (Index step = 0; step <= 14; ++step) {
    if (step % 4 == 0 || step == 14)
      for (const Source source : sources) {
        const ordered_json* entry = nullptr;
        for (const ordered_json& e : result["gradients"])
          if (e["step"] == step && e["source"] == name(source)) entry = &e;
        REQUIRE(entry != nullptr);
        ++entries;
        CHECK((*entry)["labeled_forget_tokens"] == labeled);
        const auto found = document_gradients(trainer.network(), trainer.layout(), trainer.partition(), config.split,
                                              strategy_named(config.strategy), trainer.parameters(),
                                              *adjacent_data().data.parts.at(name(source)).held_out, 2);
        double share = 0, mask = 0;
        for (const DocumentGradient& g : found) share += g.absorbed_share() / 2, mask += g.forget_mask / 2;
        CHECK(close((*entry)["absorbed_share"].get<double>(), share, 1e-3));
        CHECK(std::abs((*entry)["forget_gate"].get<double>() - mask) < 1e-3 * (std::abs(mask) + 1e-4));
        const bool has_norms = step == 4 || step == 14;  // the first look after the beginning, and the last
        CHECK(entry->contains("forget_norms") == has_norms);
        CHECK(entry->contains("retain_norms") == has_norms);
        if (!has_norms) continue;
        for (const auto& [key, owner] :
             {std::pair{"forget_norms", Owner::forget}, std::pair{"retain_norms", Owner::retain}}) {
          double squares = 0;
          for_each_range(trainer.partition().of(owner), [&](Index offset, Index size) {
            squares += trainer.parameters().segment(offset, size).cast<double>().square().sum();
          });
          REQUIRE((*entry)[key].size() == 2);
          for (std::size_t d = 0; d < 2; ++d)
            CHECK(close((*entry)[key][d].get<double>(), std::sqrt(found[d].squared_norms[owner] / squares), 1e-3));
        }
      }
    if (step == 14) break;
    const StepReport report = trainer.step();
    if (report.source == Source::forget && report.label == Label::forget) labeled += static_cast<double>(report.tokens);
  }
  CHECK(labeled > 0);
  CHECK(entries == result["gradients"].size());
}
