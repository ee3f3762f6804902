#include <doctest/doctest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/json.hpp"
#include "lab/runs/run.hpp"
#include "lab/runs/saved_model.hpp"
#include "model/model_files.hpp"
#include "model/network.hpp"
#include "sgtm/ablation.hpp"
#include "sgtm/expansion.hpp"
#include "tests/support/small_data.hpp"
#include "tests/support/small_model.hpp"
#include "text/tokenizer.hpp"
#include "train/trainer.hpp"

using namespace sgtm;

namespace {

const fs::path imported = fs::path(SGTM_SOURCE) / "tests/import";
constexpr const char* models[] = {"float32", "float16", "bfloat16"};

template <class Real>
Matrix<Real> logits(const SavedModel& model, const Batch& batch) {
  const Layout layout = model.layout();
  Flat<Real> parameters = model.parameters.cast<Real>();
  Network<Real> network(model.config, layout);
  network.forward(parameters, batch, network.keep_all().forward);
  Matrix<Real> all(batch.size(), model.config.vocabulary);
  network.logits(parameters, 0, all);
  return all;
}

/// Losses of a small batch's tokens.
std::vector<float> losses(const ModelConfig& config, Flat<float> parameters) {
  const Layout layout(config);
  Network<float> network(config, layout);
  network.forward(parameters, small_batch(), network.keep_all().forward);
  const RowMap<float> found = network.token_losses(parameters);
  return {found.data(), found.data() + found.size()};
}

SavedModel small_saved(const SplitConfig& split, const std::string& strategy) {
  SavedModel model;
  model.config = small_run().model;
  model.split = split;
  model.strategy = strategy;
  model.parameters = small_parameters<float>(model.config, model.layout());
  return model;
}

}  // namespace

TEST_CASE("imported: logits are those of transformers, to 1e-5 of the largest, in three types of number") {
  for (const char* name : models) {
    CAPTURE(name);
    const SavedModel model = read_model(imported / name);
    const SafetensorsFile file(imported / name / "logits.safetensors");
    const auto& entry = file.entry("logits");
    Batch batch;
    batch.tokens.resize(static_cast<std::size_t>(entry.shape[0]));
    file.copy(file.entry("tokens"), 0, entry.shape[0], batch.tokens.data());
    batch.offsets.push_back(batch.size());
    Matrix<float> theirs(entry.shape[0], entry.shape[1]);
    file.copy(entry, 0, entry.size(), theirs.data());
    const float largest = theirs.cwiseAbs().maxCoeff();
    CHECK(largest > 1);
    CHECK((logits<float>(model, batch) - theirs).cwiseAbs().maxCoeff() <= 1e-5f * largest);
    const Matrix<double> precise = logits<double>(model, batch);
    CHECK((precise - theirs.cast<double>()).cwiseAbs().maxCoeff() <= 1e-5 * static_cast<double>(largest));
  }
}

TEST_CASE("imported: its tokenizer.json gives transformers' tokens, and comes back as GPT-2's two files") {
  const Tokenizer tokenizer = Tokenizer::read(imported / "float32");
  const SafetensorsFile file(imported / "float32/logits.safetensors");
  const auto& entry = file.entry("tokens");
  std::vector<int> tokens(static_cast<std::size_t>(entry.shape[0]));
  file.copy(entry, 0, entry.shape[0], tokens.data());
  CHECK(tokenizer.encode("Once upon a time the girl was happy.") == tokens);
  CHECK(tokenizer.bytes(tokenizer.end_token()) == Tokenizer::end_text);
  const TemporaryFolder folder("tokenizer");
  tokenizer.write(folder.path);
  CHECK(Tokenizer::read(folder.path).fingerprint() == tokenizer.fingerprint());
  CHECK(Tokenizer::read(folder.path).encode("the girl [PAD]") == tokenizer.encode("the girl [PAD]"));
}

TEST_CASE("imported: what is no GPT-Neo of ours is refused by name") {
  const TemporaryFolder folder("refused");
  for (const char* file : {"config.json", "model.safetensors"}) fs::copy(imported / "float32" / file, folder / file);
  const nlohmann::json config = nlohmann::json::parse(read_file(folder / "config.json"));
  const auto refused = [&](const char* key, const nlohmann::json& value, const char* why) {
    nlohmann::json changed = config;
    changed[key] = value;
    write_file(folder / "config.json", changed.dump());
    CAPTURE(key);
    CHECK_THROWS_WITH_AS(read_model(folder.path), doctest::Contains(why), Error);
  };
  refused("activation_function", "relu", "its activation is \"relu\"");
  refused("tie_word_embeddings", false, "not tied to its embedding");
  refused("layer_norm_epsilon", 1e-6, "its layer_norm_epsilon is 1e-06");
  refused("model_type", "gpt2", "not the configuration of a GPT-Neo");
  refused("num_layers", 3, "num_layers is 3, but it tells the attention of 2 layers");
  refused("intermediate_size", 24, "mlp.c_fc");
  refused("vocab_size", 200, "transformer.wte.weight");
  nlohmann::json grouped = config;
  grouped.erase("attention_layers");
  write_file(folder / "config.json", grouped.dump());
  CHECK(read_model(folder.path).config.attention == "gl");
}

TEST_CASE("imported: a run from a model starts with its parameters, and is another run than one from another model") {
  const TemporaryFolder folder("from");
  RunConfig config = small_run();
  config.steps = 2;
  config.learning_rate = 0;
  config.adamw.weight_decay = 0;
  config.calibration_steps = 0;
  SavedModel model = small_saved(config.split, "sgtm");
  model.tokenizer = small_data().data.tokenizer_fingerprint;
  write_model(folder / "model", model);
  RunOptions options{.data = small_data().path, .out = folder / "run"};
  options.from = folder / "model";
  run(config, options);
  CHECK((read_model(folder / "run").parameters == model.parameters).all());
  CHECK_NOTHROW(run(config, options));
  model.parameters[0] += 1;
  write_model(folder / "other", model);
  options.from = folder / "other";
  CHECK_THROWS_WITH_AS(run(config, options), doctest::Contains("other data"), Error);
  model.tokenizer = "0";
  write_model(folder / "other", model);
  options.out = folder / "second";
  CHECK_THROWS_WITH_AS(run(config, options), doctest::Contains("another tokenizer"), Error);
}

TEST_CASE("imported: a model that the run would set aside, or whose forget part is zero, is refused") {
  const TemporaryFolder folder("itself");
  RunConfig config = small_run();
  config.steps = 2;
  SavedModel model = small_saved(config.split, "sgtm");
  RunOptions options{.data = small_data().path, .out = folder / "run", .overwrite = true};
  run(config, options);
  for (const fs::path& from : {folder / "run", folder / "run/model.safetensors", folder / "x/../run"}) {
    fs::create_directories(folder / "x");
    options.from = from;
    CHECK_THROWS_WITH_AS(run(config, options), doctest::Contains("Choose another --out"), Error);
    CHECK(read_model(folder / "run").parameters.size() > 0);
  }
  const Layout layout = model.layout();
  const Partition partition = make_partition(layout, model.config, model.split, strategy_named("sgtm"));
  ablate(model.parameters, partition);
  write_model(folder / "ablated", model);
  options.from = folder / "ablated", options.out = folder / "new", options.overwrite = false;
  CHECK_THROWS_WITH_AS(run(config, options), doctest::Contains("its forget part is zero"), Error);
  CHECK(!fs::exists(folder / "new"));
  config.strategy = "none";
  CHECK_NOTHROW(run(config, options));
}

TEST_CASE("imported: an end token outside the vocabulary is none") {
  const TemporaryFolder folder("end-token");
  for (const char* file : {"config.json", "model.safetensors"}) fs::copy(imported / "float32" / file, folder / file);
  nlohmann::json config = nlohmann::json::parse(read_file(folder / "config.json"));
  for (const auto& [id, found] : {std::pair<nlohmann::json, Index>{303, 303},
                                  {304, -1},
                                  {50256, -1},
                                  {-5, -1},
                                  {1.5, -1},
                                  {nullptr, -1},
                                  {"x", -1},
                                  {nlohmann::json::array({1}), -1}}) {
    config["eos_token_id"] = id;
    write_file(folder / "config.json", config.dump());
    const Index expected = found;
    CHECK(read_model(folder.path).end_token == expected);
  }
}

TEST_CASE("imported: a tokenizer that would cut words otherwise, or could not be written again, is refused") {
  const TemporaryFolder folder("other-tokenizers");
  const nlohmann::json right = nlohmann::json::parse(read_file(imported / "float32/tokenizer.json"));
  const auto refused = [&](const std::function<void(nlohmann::json&)>& change, const char* why) {
    nlohmann::json changed = right;
    change(changed);
    write_file(folder / "tokenizer.json", changed.dump());
    CHECK_THROWS_WITH_AS(Tokenizer::read(folder.path), doctest::Contains(why), Error);
  };
  using Json = nlohmann::json;
  refused([](Json& j) { j.erase("model"); }, "is no BPE");
  refused([](Json& j) { j["model"] = 3; }, "is no BPE");
  refused([](Json& j) { j["model"]["type"] = "Unigram"; }, "is no BPE");
  refused([](Json& j) { j["model"]["end_of_word_suffix"] = "</w>"; }, "marks words");
  refused([](Json& j) { j["normalizer"] = {{"type", "Lowercase"}}; }, "changes text");
  refused([](Json& j) { j["pre_tokenizer"]["type"] = "Whitespace"; }, "cuts words in another way");
  refused([](Json& j) { j["pre_tokenizer"]["add_prefix_space"] = true; }, "puts a space before");
  refused([](Json& j) { j["model"]["merges"][0] = 5; }, "merge 1: needs two tokens");
  refused([](Json& j) { j["model"]["merges"][0] = {"a"}; }, "merge 1: needs two tokens");
  refused(
      [](Json& j) {
        j["added_tokens"].push_back({{"id", 4000000000u}, {"content", "<x>"}, {"special", true}});
      },
      "each once");
  refused(
      [](Json& j) {
        j["added_tokens"].push_back({{"id", 300}, {"content", "\n"}, {"special", true}});
      },
      "two tokens spell");
  refused(
      [](Json& j) {
        j["added_tokens"].push_back({{"id", 300}, {"content", "the cat"}, {"special", false}});
      },
      "is not special");
  refused([](Json& j) { j["added_tokens"].push_back(7); }, "lacks its id or its content");
  nlohmann::json strings = right;
  for (auto& merge : strings["model"]["merges"])
    if (merge.is_array()) merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
  write_file(folder / "tokenizer.json", strings.dump());
  CHECK(Tokenizer::read(folder.path).fingerprint() == Tokenizer::read(imported / "float32").fingerprint());
}

TEST_CASE("imported: units that are added change no bit of the first forward pass, and go without a trace") {
  const ModelConfig config = small_config();
  const Layout layout(config);
  const Flat<float> parameters = small_parameters<float>(config, layout);
  for (const Index units : {1, 7, 64}) {
    CAPTURE(units);
    ModelConfig larger = config;
    larger.mlp_width += units;
    Flat<float> expanded = with_units(config, parameters, units, 3);
    CHECK(losses(larger, expanded) == losses(config, parameters));
    const SplitConfig split{.forget_heads = 0, .forget_units = units};
    CHECK((without_units(larger, split, expanded) == parameters).all());
    // What trains in the forget part is gone after ablation.
    const Layout large_layout(larger);
    const Partition partition = make_partition(large_layout, larger, split, strategy_named("sgtm"));
    for_each_range(partition.forget, [&](Index offset, Index count) { expanded.segment(offset, count) += 1; });
    CHECK(losses(larger, expanded) != losses(config, parameters));
    ablate(expanded, partition);
    CHECK(losses(larger, expanded) == losses(config, parameters));
    CHECK((without_units(larger, split, expanded) == parameters).all());
  }
}

TEST_CASE("imported: the added units can learn: their first layer is drawn, by the seed") {
  const ModelConfig config = small_config();
  const Flat<float> parameters = small_parameters<float>(config, Layout(config));
  ModelConfig larger = config;
  larger.mlp_width += 5;
  const Layout layout(larger);
  Flat<float> one = with_units(config, parameters, 5, 1), two = with_units(config, parameters, 5, 2);
  for (const BlockLayout& b : layout.blocks) {
    CHECK((matrix(one, b.w_1).rightCols(5).array() != 0).all());
    CHECK((matrix(one, b.w_1).rightCols(5).array() != matrix(two, b.w_1).rightCols(5).array()).all());
    CHECK((matrix(one, b.w_2).bottomRows(5).array() == 0).all());
  }
}

TEST_CASE("imported: heads, and units of some blocks only, can't be taken out") {
  const ModelConfig config = small_config();
  CHECK_THROWS_WITH_AS(config_without_units(config, {.forget_heads = 1, .forget_units = 4}),
                       doctest::Contains("1 heads of each block"), Error);
  CHECK_THROWS_WITH_AS(config_without_units(config, {.forget_heads = 0, .forget_units = 4, .masked_blocks = {1}}),
                       doctest::Contains("only some blocks"), Error);
}
