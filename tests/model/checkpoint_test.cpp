#include "model/checkpoint.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "tests/support/small_model.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace sgtm;

TEST_CASE("checkpoint: parameters come back to the bit") {
  const TemporaryFolder folder("checkpoint");
  const ModelConfig config = small_config();
  const Layout layout(config);
  const Flat<float> parameters = small_parameters<float>(config, layout);
  SafetensorsWriter writer(folder / "x", 1 << 16);
  write_tensors(writer, layout, parameters);
  writer.commit({});
  const SafetensorsFile file(folder / "x");
  CHECK((read_tensors<float>(file, layout) == parameters).all());
  // Linear weights are stored as (out, in), as in PyTorch.
  std::vector<float> stored(static_cast<std::size_t>(config.width * config.mlp_width));
  file.copy(file.entry("transformer.h.1.mlp.c_fc.weight", {config.mlp_width, config.width}), 0,
            config.width * config.mlp_width, stored.data());
  Flat<float> copy = parameters;
  CHECK(stored[static_cast<std::size_t>(5 * config.width + 2)] == matrix(copy, layout.blocks[1].w_1)(2, 5));
}

TEST_CASE("checkpoint: a number that is not finite is refused") {
  const TemporaryFolder folder("nan");
  const ModelConfig config = small_config();
  const Layout layout(config);
  Flat<float> parameters = small_parameters<float>(config, layout);
  row(parameters, layout.blocks[0].b_1)[3] = std::numeric_limits<float>::quiet_NaN();
  SafetensorsWriter writer(folder / "x", 1 << 16);
  write_tensors(writer, layout, parameters);
  writer.commit({});
  CHECK_THROWS_WITH_AS(read_tensors<float>(SafetensorsFile(folder / "x"), layout),
                       doctest::Contains("transformer.h.0.mlp.c_fc.bias holds a number that is not finite"), Error);
}

TEST_CASE("config: GPT-Neo's keys say what the model is, and come back") {
  ModelConfig config = small_config();
  config.init = "reference";
  config.attention = "gll";
  config.scaled_scores = true;
  const nlohmann::json json = config_to_json(config);
  CHECK(json["model_type"] == "gpt_neo");
  CHECK(json["attention_layers"] == nlohmann::json({"global", "local", "local"}));
  CHECK(config_from_json(json, "here") == config);
  nlohmann::json other = json;
  other["model_type"] = "gpt2";
  CHECK_THROWS_WITH_AS(config_from_json(other, "here"), doctest::Contains("not the configuration of a GPT-Neo model"),
                       Error);
  other = json;
  other["attention_layers"][1] = "lokal";
  CHECK_THROWS_WITH_AS(config_from_json(other, "here"), doctest::Contains("a layer of \"lokal\" attention"), Error);
  other = json;
  other.erase("hidden_size");
  CHECK_THROWS_AS(config_from_json(other, "here"), Error);
}

TEST_CASE("config: what transformers reads besides the shape") {
  const nlohmann::json json = config_to_json(small_config());
  CHECK(json["architectures"] == nlohmann::json({"GPTNeoForCausalLM"}));
  CHECK(json["activation_function"] == "gelu_new");
  CHECK(json["attention_types"] == nlohmann::json({{json["attention_layers"], 1}}));
  CHECK(json["layer_norm_epsilon"] == 1e-5);
  CHECK(json["initializer_range"] == 0.02);
  for (const char* dropout : {"attention_dropout", "embed_dropout", "resid_dropout"}) CHECK(json[dropout] == 0);
  CHECK(json["tie_word_embeddings"] == true);
  CHECK(json["bos_token_id"] == 39);
  CHECK(json["torch_dtype"] == "float32");
}

TEST_CASE("config: every setting is a key of its own; what others leave out has GPT-Neo's defaults") {
  const ModelConfig config = small_config();
  const nlohmann::json json = config_to_json(config);
  const std::pair<const char*, Index> keys[] = {
      {"vocab_size", 40}, {"max_position_embeddings", 20}, {"hidden_size", 16}, {"num_layers", 3},
      {"num_heads", 4},   {"intermediate_size", 24},       {"window_size", 5},  {"eos_token_id", 39}};
  for (const auto& [key, value] : keys) CHECK(json[key] == value);
  nlohmann::json foreign = json;
  foreign.erase("sgtm"), foreign.erase("window_size"), foreign.erase("intermediate_size");
  ModelConfig expected = config;
  expected.attention = "glg", expected.window = 256, expected.mlp_width = 64;
  CHECK(config_from_json(foreign, "here") == expected);
  foreign["intermediate_size"] = nullptr;
  foreign["sgtm"] = nlohmann::json::object();
  CHECK(config_from_json(foreign, "here") == expected);
}

TEST_CASE("config: impossible shapes are told by their setting") {
  ModelConfig config = small_config();
  config.heads = 3;
  CHECK_THROWS_WITH_AS(check(config), doctest::Contains("--heads 3 do not divide --width 16"), Error);
  config = small_config();
  config.blocks = 0;
  CHECK_THROWS_WITH_AS(check(config), doctest::Contains("--blocks 0"), Error);
  config = small_config();
  config.attention = "gx";
  CHECK_THROWS_WITH_AS(check(config), doctest::Contains("--attention \"gx\""), Error);
}

TEST_CASE("parameters: counts of the paper's models") {
  const auto parameters = [](Index blocks, Index width, Index context) {
    ModelConfig c{50257, context, width, blocks, 32, 4 * width, 256, "gl", false, "normal"};
    return Layout(c).parameters();
  };
  CHECK(parameters(6, 128, 512) / 1000 == 7736);  // paper, Table 2
  CHECK(parameters(6, 256, 512) / 1000 == 17781);
  CHECK(parameters(8, 384, 512) / 1000 == 33732);
  CHECK(parameters(12, 512, 512) / 1000 == 63855);
}

TEST_CASE("parameters: start values follow the two conventions") {
  ModelConfig config = small_config();
  config.width = 64;
  const Layout layout(config);
  for (const char* init : {"normal", "reference"}) {
    config.init = init;
    Flat<double> p = initial_parameters<double>(config, layout, 1);
    const auto deviation = [&](const Tensor& t) {
      return std::sqrt(matrix(p, t).squaredNorm() / static_cast<double>(t.size()));
    };
    const bool reference = std::string(init) == "reference";
    CHECK(deviation(layout.embedding) == doctest::Approx(0.02).epsilon(0.1).scale(0));
    CHECK(deviation(layout.blocks[1].w_o) == doctest::Approx(0.02).epsilon(0.1).scale(0));
    CHECK(deviation(layout.blocks[1].w_q) ==
          doctest::Approx(reference ? 0.125 / std::sqrt(3) : 0.02).epsilon(0.1).scale(0));
    CHECK(row(p, layout.blocks[0].b_1).isZero(0) != reference);
    CHECK(matrix(p, layout.blocks[1].w_1).cwiseAbs().maxCoeff() < 0.13);
    CHECK(row(p, layout.blocks[0].b_2).isZero(0));
    CHECK(row(p, layout.output_bias).isZero(0));
    CHECK((row(p, layout.norm_gain).array() == 1).all());
  }
}
