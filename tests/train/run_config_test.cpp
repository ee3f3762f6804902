#include "train/run_config.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <limits>

#include "core/record.hpp"

using namespace sgtm;

namespace {

struct Setting {
  const char* name;
  nlohmann::json usual;
  std::function<void(RunConfig&)> change;
};

/// Every setting, what it is where nobody says otherwise, and the field that it stands for.
const std::vector<Setting> settings{
    {"vocabulary", 2048, [](RunConfig& c) { c.model.vocabulary = 9; }},
    {"context", 256, [](RunConfig& c) { c.model.context = 9; }},
    {"width", 64, [](RunConfig& c) { c.model.width = 9; }},
    {"blocks", 2, [](RunConfig& c) { c.model.blocks = 9; }},
    {"heads", 8, [](RunConfig& c) { c.model.heads = 9; }},
    {"mlp-width", 256, [](RunConfig& c) { c.model.mlp_width = 9; }},
    {"window", 256, [](RunConfig& c) { c.model.window = 9; }},
    {"attention", "gl", [](RunConfig& c) { c.model.attention = "g"; }},
    {"scaled-scores", false, [](RunConfig& c) { c.model.scaled_scores = true; }},
    {"init", "normal", [](RunConfig& c) { c.model.init = "reference"; }},
    {"forget-heads", 1, [](RunConfig& c) { c.split.forget_heads = 9; }},
    {"forget-units", 32, [](RunConfig& c) { c.split.forget_units = 9; }},
    {"masked-blocks", nlohmann::json::array(), [](RunConfig& c) { c.split.masked_blocks = {1}; }},
    {"mask-embeddings", false, [](RunConfig& c) { c.split.mask_embeddings = true; }},
    {"mask-joint", false, [](RunConfig& c) { c.split.mask_joint = true; }},
    {"forget-gradient", 1, [](RunConfig& c) { c.split.forget_gradient = 0.5; }},
    {"strategy", "sgtm", [](RunConfig& c) { c.strategy = "none"; }},
    {"filter", "none", [](RunConfig& c) { c.filter = "weak"; }},
    {"refill", false, [](RunConfig& c) { c.refill = true; }},
    {"optimizer", "joint", [](RunConfig& c) { c.optimizer = "split"; }},
    {"tokens", 1e6, [](RunConfig& c) { c.tokens = 9; }},
    {"steps", 0, [](RunConfig& c) { c.steps = 9; }},
    {"batch", 32, [](RunConfig& c) { c.batch = 9; }},
    {"micro-batch", 4096, [](RunConfig& c) { c.micro_batch = 9; }},
    {"learning-rate", 2e-3, [](RunConfig& c) { c.learning_rate = 9; }},
    {"warmup", 0.1, [](RunConfig& c) { c.warmup = 9; }},
    {"weight-decay", 0.1, [](RunConfig& c) { c.adamw.weight_decay = 9; }},
    {"beta-1", 0.9, [](RunConfig& c) { c.adamw.beta_1 = 0.5; }},
    {"beta-2", 0.95, [](RunConfig& c) { c.adamw.beta_2 = 0.5; }},
    {"epsilon", 1e-8, [](RunConfig& c) { c.adamw.epsilon = 9; }},
    {"undiscovered", 0.0, [](RunConfig& c) { c.labels.undiscovered = 0.5; }},
    {"precision", 1.0, [](RunConfig& c) { c.labels.precision = 0.5; }},
    {"fpr", nullptr, [](RunConfig& c) { c.labels.false_positive_rate = 0.5; }},
    {"forget-as-retain", 0.0, [](RunConfig& c) { c.labels.forget_as_retain = 0.5; }},
    {"retain-labeled", 0.25, [](RunConfig& c) { c.labels.retain_labeled = 0.5; }},
    {"label-noise", "document", [](RunConfig& c) { c.labels.noise = "step"; }},
    {"labels-from", 0.0, [](RunConfig& c) { c.labels.from = 0.5; }},
    {"labels-until", 1.0, [](RunConfig& c) { c.labels.until = 0.5; }},
    {"false-positives", "paper", [](RunConfig& c) { c.labels.false_positives = "code"; }},
    {"forget-upsampling", 1.0, [](RunConfig& c) { c.forget_upsampling = 9; }},
    {"calibration-steps", 200, [](RunConfig& c) { c.calibration_steps = 9; }},
    {"calibration-documents", 16, [](RunConfig& c) { c.calibration_documents = 9; }},
    {"calibration-retain", 100.0, [](RunConfig& c) { c.calibration_retain = 9; }},
    {"calibration-adjacent", 1.0, [](RunConfig& c) { c.calibration_adjacent = 9; }},
    {"evaluate-every", 0.0, [](RunConfig& c) { c.evaluate_every = 9; }},
    {"gradient-documents", 0, [](RunConfig& c) { c.gradient_documents = 9; }},
    {"unlearn", "none", [](RunConfig& c) { c.unlearn = "rmu"; }},
    {"rmu-steps", 250, [](RunConfig& c) { c.rmu.steps = 9; }},
    {"rmu-rate", 5e-5, [](RunConfig& c) { c.rmu.rate = 9; }},
    {"rmu-strength", 1.0, [](RunConfig& c) { c.rmu.strength = 9; }},
    {"rmu-retain", 100.0, [](RunConfig& c) { c.rmu.retain = 9; }},
    {"relearn-steps", 0, [](RunConfig& c) { c.relearning.steps = 9; }},
    {"relearn-rate", 4e-3, [](RunConfig& c) { c.relearning.rate = 9; }},
    {"seed", 1, [](RunConfig& c) { c.seed = 9; }}};

}  // namespace

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
  refused("--forget-gradient scales", [](RunConfig& c) { c.strategy = "none", c.split.forget_gradient = 0.5; });
  refused("--forget-gradient -1: must be at least 0", [](RunConfig& c) { c.split.forget_gradient = -1; });
  refused("--steps -1", [](RunConfig& c) { c.steps = -1; });
  refused("--tokens 0", [](RunConfig& c) { c.tokens = 0; });
  refused("--calibration-documents 0", [](RunConfig& c) { c.calibration_documents = 0; });
  refused("--batch 0", [](RunConfig& c) { c.batch = 0; });
  refused("--learning-rate nan", [](RunConfig& c) { c.learning_rate = std::nan(""); });
  refused("--beta-2 1", [](RunConfig& c) { c.adamw.beta_2 = 1; });
  refused("--forget-upsampling 0", [](RunConfig& c) { c.forget_upsampling = 0; });
  refused("--refill counts on labels",
          [](RunConfig& c) { c.strategy = "none", c.filter = "weak", c.refill = true, c.labels.from = 0.5; });
  refused("--refill counts on labels",
          [](RunConfig& c) { c.strategy = "none", c.filter = "weak", c.refill = true, c.labels.until = 0.5; });
  refused("--optimizer adam: must be one of joint, split", [](RunConfig& c) { c.optimizer = "adam"; });
  refused("--unlearn all: must be one of none, rmu", [](RunConfig& c) { c.unlearn = "all"; });
  const char* seen_everything = "--unlearn rmu is for a model that has seen everything";
  refused(seen_everything, [](RunConfig& c) { c.unlearn = "rmu"; });
  refused(seen_everything, [](RunConfig& c) { c.strategy = "none", c.filter = "weak", c.unlearn = "rmu"; });
  refused("--gradient-documents -1", [](RunConfig& c) { c.gradient_documents = -1; });
  const char* in_evaluations = "--gradient-documents looks at forget and retain parameters in every evaluation";
  refused(in_evaluations, [](RunConfig& c) { c.gradient_documents = 4; });
  refused(in_evaluations, [](RunConfig& c) { c.strategy = "none", c.gradient_documents = 4, c.evaluate_every = 1; });
  refused("--rmu-steps 0", [](RunConfig& c) { c.rmu.steps = 0; });
  refused("--rmu-rate -1", [](RunConfig& c) { c.rmu.rate = -1; });
  refused("--rmu-strength -1", [](RunConfig& c) { c.rmu.strength = -1; });
  refused("--rmu-retain -1", [](RunConfig& c) { c.rmu.retain = -1; });
  refused("--relearn-steps -1", [](RunConfig& c) { c.relearning.steps = -1; });
  refused("--relearn-rate -1", [](RunConfig& c) { c.relearning.rate = -1; });
  refused("--micro-batch 0", [](RunConfig& c) { c.micro_batch = 0; });
  refused("--warmup -1", [](RunConfig& c) { c.warmup = -1; });
  refused("--weight-decay -1", [](RunConfig& c) { c.adamw.weight_decay = -1; });
  refused("--beta-1 1", [](RunConfig& c) { c.adamw.beta_1 = 1; });
  refused("--beta-2 -0.1", [](RunConfig& c) { c.adamw.beta_2 = -0.1; });
  refused("--epsilon 0", [](RunConfig& c) { c.adamw.epsilon = 0; });
  refused("--tokens 2000000000000000", [](RunConfig& c) { c.tokens = 2e15; });
  refused("--steps 2000000000000000", [](RunConfig& c) { c.steps = 2000000000000000; });
  refused("--warmup 2000000000000000", [](RunConfig& c) { c.warmup = 2e15; });
  refused("--forget-upsampling inf",
          [](RunConfig& c) { c.forget_upsampling = std::numeric_limits<double>::infinity(); });
  refused("--calibration-steps -1", [](RunConfig& c) { c.calibration_steps = -1; });
  refused("--calibration-retain -1", [](RunConfig& c) { c.calibration_retain = -1; });
  refused("--calibration-adjacent -1", [](RunConfig& c) { c.calibration_adjacent = -1; });
  refused("--evaluate-every -1", [](RunConfig& c) { c.evaluate_every = -1; });
  refused("--learning-rate inf", [](RunConfig& c) { c.learning_rate = std::numeric_limits<double>::infinity(); });
  refused("width", [](RunConfig& c) { c.model.width = 0; });
  refused("--forget-heads", [](RunConfig& c) { c.split.forget_heads = 99; });
}

TEST_CASE("run config: what is at the edge of the possible is taken") {
  const auto taken = [](auto change) {
    RunConfig c;
    change(c);
    CHECK_NOTHROW(check(c));
  };
  taken([](RunConfig&) {});
  taken([](RunConfig& c) { c.steps = 1, c.tokens = 0; });  // steps come first
  taken([](RunConfig& c) { c.tokens = 1, c.batch = 1, c.micro_batch = 1; });
  taken([](RunConfig& c) { c.learning_rate = 0, c.warmup = 0, c.adamw.weight_decay = 0, c.adamw.beta_1 = 0; });
  taken([](RunConfig& c) { c.calibration_steps = 0, c.calibration_retain = 0, c.calibration_adjacent = 0; });
  taken([](RunConfig& c) { c.rmu = {1, 4, 0, 0, 0}, c.relearning.rate = 0; });
  taken([](RunConfig& c) { c.tokens = 1e15; });
  taken([](RunConfig& c) { c.strategy = "none", c.filter = "strict", c.refill = true; });
  taken([](RunConfig& c) { c.strategy = "none", c.unlearn = "rmu"; });
  taken([](RunConfig& c) { c.gradient_documents = 1, c.evaluate_every = 0.5; });
  taken([](RunConfig& c) { c.optimizer = "split", c.split.mask_embeddings = true, c.split.mask_joint = true; });
  taken([](RunConfig& c) { c.split.forget_gradient = 0; });
}

TEST_CASE("run config: every setting is in the JSON and in the flags by its name, and means its own field alone") {
  const nlohmann::json usual = to_json(RunConfig{});
  CHECK(usual.size() == settings.size());
  for (const Setting& setting : settings) {
    CAPTURE(setting.name);
    REQUIRE(usual.contains(setting.name));
    CHECK(usual[setting.name] == setting.usual);
    RunConfig changed;
    setting.change(changed);
    nlohmann::json now = to_json(changed);
    CHECK(now[setting.name] != setting.usual);
    now[setting.name] = setting.usual;
    CHECK(now == usual);
    const auto flags = flags_between(RunConfig{}, changed);
    REQUIRE(flags.size() == 1);
    CHECK(flags[0].starts_with(std::string("--") + setting.name + "="));
  }
  // What no flag changes.
  CHECK(RunConfig{}.rmu.documents == 4);
  CHECK(RunConfig{}.relearning.documents == 8);
  CHECK(RunConfig{}.relearning.warmup == 20);
}

TEST_CASE("run config: flags hold numbers exactly, lists with commas, and what differs from the base alone") {
  RunConfig base, config;
  base.batch = config.batch = 7;
  config.learning_rate = 0.1 / 3;
  config.labels.false_positive_rate = 0.05;
  config.split.masked_blocks = {1, 3};
  config.split.mask_joint = true;
  CHECK(flags_between(base, config) == std::vector<std::string>{"--masked-blocks=1,3", "--mask-joint=true",
                                                                "--learning-rate=0.03333333333333333", "--fpr=0.05"});
}

TEST_CASE("other_setting: the first that differs; numbers to a relative rounding") {
  RunConfig wanted;
  wanted.steps = 14, wanted.labels.undiscovered = 0.25, wanted.batch = 2;
  const auto other = [&](auto change, double rounding = 0) {
    RunConfig had = wanted;
    change(had);
    return other_setting(had, wanted, rounding);
  };
  CHECK(other([](RunConfig&) {}).empty());
  CHECK(other([](RunConfig& c) { c.steps = 0; }) == "steps: 0, not 14");
  const auto near = [](RunConfig& c) { c.labels.undiscovered *= 1 + 1e-10; };
  CHECK(other(near).starts_with("undiscovered: 0.25"));
  CHECK(other(near, 1e-9).empty());
  CHECK_FALSE(other([](RunConfig& c) { c.labels.undiscovered *= 1 - 1e-8; }, 1e-9).empty());
  // A small number's rounding is small.
  CHECK_FALSE(other([](RunConfig& c) { c.rmu.rate *= 1 + 1e-6; }, 1e-9).empty());
  CHECK(other([](RunConfig& c) { c.labels.false_positive_rate = 0.5; }, 1) == "fpr: 0.5, not null");
  CHECK(other([](RunConfig& c) { c.batch = 3; }, 1) == "batch: 3, not 2");  // whole numbers are not rounded
}

TEST_CASE("settings as JSON: read back; what is younger keeps its default, and what is unknown does not fit") {
  RunConfig config;
  config.steps = 14, config.split.masked_blocks = {1, 2}, config.strategy = "none", config.refill = true;
  config.labels.false_positive_rate = 0.5, config.seed = ~std::uint64_t(0);
  const nlohmann::ordered_json written = to_json(config);
  const auto read = [](const nlohmann::ordered_json& json) {
    RunConfig back;
    read_part(json, back, "settings");
    return back;
  };
  CHECK(other_setting(read(written), config).empty());
  CHECK(read(written).split.masked_blocks == config.split.masked_blocks);
  nlohmann::ordered_json older = written;
  older.erase("steps");
  CHECK(other_setting(read(older), config) == "steps: 0, not 14");
  const auto misfit = [&](const char* name, const nlohmann::ordered_json& value) {
    nlohmann::ordered_json changed = written;
    changed[name] = value;
    try {
      read(changed);
    } catch (const Misfit& m) {
      return m.where;
    }
    return std::string();
  };
  CHECK(misfit("no-longer", 3) == "settings.no-longer");
  CHECK(misfit("steps", 3.5) == "settings.steps");
  CHECK(misfit("steps", -3) == "settings.steps");
  CHECK(misfit("refill", 1) == "settings.refill");
  CHECK(misfit("strategy", 1) == "settings.strategy");
  CHECK(misfit("tokens", "many") == "settings.tokens");
  CHECK(misfit("masked-blocks", {1, "x"}) == "settings.masked-blocks.1");
  CHECK(misfit("fpr", true) == "settings.fpr");
  CHECK(misfit("fpr", nullptr).empty());
}
