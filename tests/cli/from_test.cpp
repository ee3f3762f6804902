#include <doctest/doctest.h>

#include "tests/support/workshop.hpp"

using namespace sgtm;

namespace {

const std::string imported = std::string(SGTM_SOURCE) + "/tests/import/float16";

void prepare_for_imported() {
  static const bool ready = [] {
    const Outcome made =
        run_sgtm(workshop(), "prepare --stories 40 --context 32 --tokenizer " + imported + " --out for_imported");
    CAPTURE(made.error);
    REQUIRE(made.code == 0);
    return true;
  }();
  (void)ready;
}

}  // namespace

TEST_CASE("from: a GPT-Neo that transformers wrote is described, evaluated, sampled from and exported") {
  prepare_for_imported();
  const Outcome info = run_sgtm(workshop(), "info " + imported + " --json");
  CHECK(info.code == 0);
  const auto described = nlohmann::json::parse(info.out);
  CHECK(described["shape"]["blocks"] == 3);
  CHECK(described["shape"]["mlp_width"] == 24);
  CHECK(run_sgtm(workshop(), "eval " + imported + " --data for_imported").code == 0);
  const Outcome sample = run_sgtm(workshop(), "sample " + imported + " --prompt \"Once upon\" --tokens 5");
  CHECK(sample.code == 0);
  CHECK(sample.out.starts_with("Once upon"));
  refused("eval " + imported + " --data data", "another tokenizer than the model");
  REQUIRE(run_sgtm(workshop(), "verify export cases/imported --model " + imported).code == 0);
  CHECK(run_sgtm(workshop(), "verify golden cases/imported").code == 0);
  refused("verify export cases/imported --model " + imported + " --width 8", "--model and --width");
}

TEST_CASE("from: units that are added learn, and are taken out into a file of the old shape") {
  prepare_for_imported();
  const std::string grow = "train --data for_imported --from " + imported + " --add-forget-units 8 --steps 20 ";
  const Outcome trained = run_sgtm(workshop(), grow + "--calibration-steps 0 --out grown");
  CAPTURE(trained.error);
  REQUIRE(trained.code == 0);
  const auto result = read_as_json(workshop() / "grown/result.json");
  CHECK(result["settings"]["mlp-width"] == 32);
  CHECK(result["settings"]["forget-units"] == 8);
  CHECK(result["settings"]["forget-heads"] == 0);
  CHECK(result["from"]["added forget units"] == 8);
  CHECK(result["from"] == read_as_json(workshop() / "grown/settings.json")["data"]["from"]);
  REQUIRE(run_sgtm(workshop(), "ablate grown --shrink").code == 0);
  const auto config = read_as_json(workshop() / "grown/ablated/config.json");
  CHECK(config["intermediate_size"] == 24);
  CHECK(config["sgtm"]["strategy"] == "none");
  const Outcome eval = run_sgtm(workshop(), "eval grown/ablated --data for_imported --json");
  REQUIRE(eval.code == 0);
  for (const char* source : {"retain", "forget"})
    CHECK(nlohmann::json::parse(eval.out)["losses"][source].get<double>() ==
          doctest::Approx(result["losses"]["ablated"][source].get<double>()).epsilon(1e-6));

  refused(grow + "--forget-units 4 --out no", "the units that are added are the forget part");
  refused(grow + "--strategy none --out no", "has no forget part");
  refused("train --data for_imported --from grown --add-forget-units 8 --steps 2 --out no",
          "has a forget part already");
  refused("train --data for_imported --add-forget-units 8 --steps 2 --out no", "Name it with --from");
  refused("train --data for_imported --from " + imported + " --heads 2 --out no", "--from and --heads");
  refused("train --data data --from " + imported + " --steps 2 --out no", "its tokenizer has");
  refused("ablate run --shrink --out shrunk", "heads can't be taken out");
}

TEST_CASE("from: a run goes on from any model, with its split unless another is given") {
  const std::string again = "train --data data --from run --steps 4 --calibration-steps 0 --undiscovered 0.25 ";
  for (const auto& [options, units] : {std::pair{"--strategy sgtm --out again", 8},
                                       {"--strategy none --out plain", 8},
                                       {"--strategy gradient_routing --forget-units 4 --out routed", 4}}) {
    const Outcome trained = run_sgtm(workshop(), again + options);
    CAPTURE(trained.error);
    CHECK(trained.code == 0);
    const std::string out = std::string(options).substr(std::string(options).rfind(' ') + 1);
    const auto settings = read_as_json(workshop() / out / "result.json")["settings"];
    CHECK(settings["context"] == 400);
    CHECK(settings["forget-units"] == units);
  }
  refused(again + "--strategy sgtm --out run", "Choose another --out");
}

TEST_CASE("from: masks that are asked for are used, others are the model's, whatever its split becomes") {
  const std::string short_run = "train --data data --strategy sgtm --steps 2 --calibration-steps 0 ";
  const auto settings_of = [&](const std::string& options, const std::string& out) {
    const Outcome trained = run_sgtm(workshop(), short_run + options + " --out " + out);
    CAPTURE(trained.error);
    REQUIRE(trained.code == 0);
    return read_as_json(workshop() / out / "result.json")["settings"];
  };
  CHECK(settings_of("--from run", "unmasked")["mask-embeddings"] == false);
  const auto masked = settings_of("--from run --mask-embeddings --mask-joint", "masked");
  CHECK(masked["mask-embeddings"] == true);
  CHECK(masked["mask-joint"] == true);
  const auto scaled = settings_of("--from run --forget-gradient 0.5", "scaled");
  CHECK(scaled["forget-gradient"] == 0.5);
  CHECK(settings_of("--from scaled", "not-scaled")["forget-gradient"] == 1);
  const auto resplit = settings_of("--from masked --forget-units 4 --mask-joint=false", "resplit");
  CHECK(resplit["mask-embeddings"] == true);
  CHECK(resplit["mask-joint"] == false);
  CHECK(resplit["forget-units"] == 4);
}
