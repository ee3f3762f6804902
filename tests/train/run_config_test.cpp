#include "train/run_config.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/error.hpp"

using namespace sgtm;

TEST_CASE("run config: settings that are impossible or exclude each other are refused in a sentence") {
  const auto refused = [](const char* why, auto change) {
    RunConfig c;
    change(c);
    CHECK_THROWS_WITH_AS(check(c), doctest::Contains(why), Error);
  };
  refused("--strategy other: unknown", [](RunConfig& c) { c.strategy = "other"; });
  refused("--filter other: must be one of none, weak, strict", [](RunConfig& c) { c.filter = "other"; });
  refused("Filter with --strategy none", [](RunConfig& c) { c.filter = "weak"; });
  refused("--refill replaces", [](RunConfig& c) { c.refill = true; });
  refused("--optimizer split", [](RunConfig& c) { c.strategy = "none", c.optimizer = "split"; });
  refused("--mask-embeddings", [](RunConfig& c) { c.strategy = "none", c.split.mask_embeddings = true; });
  refused("--mask-joint", [](RunConfig& c) { c.strategy = "none", c.split.mask_joint = true; });
  refused("--steps -1", [](RunConfig& c) { c.steps = -1; });
  refused("--tokens 0", [](RunConfig& c) { c.tokens = 0; });
  refused("--calibration-documents 0", [](RunConfig& c) { c.calibration_documents = 0; });
  refused("--batch 0", [](RunConfig& c) { c.batch = 0; });
  refused("--learning-rate nan", [](RunConfig& c) { c.learning_rate = std::nan(""); });
  refused("--beta-2 1", [](RunConfig& c) { c.adamw.beta_2 = 1; });
  refused("--forget-upsampling 0", [](RunConfig& c) { c.forget_upsampling = 0; });
  check(RunConfig{});
}

TEST_CASE("run config: every setting is in the JSON, once") {
  RunConfig c;
  std::size_t settings = 0;
  for_each_setting(c, [&](const char*, auto&, const char*) { ++settings; });
  CHECK(to_json(c).size() == settings);
  c.labels.false_positive_rate = 0.5;
  CHECK(to_json(c)["fpr"] == 0.5);
  CHECK(to_json(RunConfig{})["fpr"].is_null());
}
