// Every number of the golden cases (tests/golden/README.md), which the authors' PyTorch code made in float64.

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "eval/calibration.hpp"
#include "model/checkpoint.hpp"
#include "sgtm/ablation.hpp"
#include "sgtm/plan.hpp"
#include "train/adamw.hpp"
#include "train/schedule.hpp"

using namespace sgtm;
using nlohmann::json;

namespace {

constexpr double tolerance = 1e-10;

/// ||a - b|| / ||b||, or ||a|| where b is zero.
template <class A, class B>
double relative_error(const A& a, const B& b) {
  const double norm = b.matrix().norm();
  return (a - b).matrix().norm() / (norm == 0 ? 1 : norm);
}

struct Golden {
  fs::path stem;
  json facts;
  ModelConfig config;
  SplitConfig split;
  Layout layout;
  Flat<double> parameters;

  explicit Golden(const std::string& name)
      : stem(fs::path(SGTM_SOURCE) / "tests" / "golden" / name),
        facts(json::parse(read_file(stem.string() + ".json"))),
        config(read_config(facts)),
        layout(config),
        parameters(read_tensors<double>(file("params"), layout)) {
    split.forget_heads = facts["forget_heads"];
    split.forget_units = facts["forget_mlp_units"];
    split.masked_blocks = facts["masked_blocks"].get<std::vector<Index>>();
  }

  static ModelConfig read_config(const json& facts) {
    ModelConfig c;
    c.vocabulary = facts["vocab_size"];
    c.context = facts["context"];
    c.width = facts["hidden_size"];
    c.blocks = facts["num_layers"];
    c.heads = facts["num_heads"];
    c.mlp_width = facts["intermediate_size"];
    c.window = facts["window_size"];
    c.attention.clear();
    for (const json& kind : facts["attention"]) c.attention += kind == "local" ? 'l' : 'g';
    return c;
  }
  SafetensorsFile file(const std::string& what) const {
    return SafetensorsFile(stem.string() + "." + what + ".safetensors");
  }
  Batch batch(const json& tokens) const {
    Batch b;
    b.tokens = tokens.get<std::vector<int>>();
    b.offsets = facts["document_offsets"].get<std::vector<Index>>();
    return b;
  }
  Batch batch() const { return batch(facts["tokens"]); }
  double loss(const std::string& key) const { return facts["results"][key]["loss"]; }
};

Matrix<double> read_matrix(const SafetensorsFile& file, const std::string& name) {
  const auto& entry = file.entry(name);
  Matrix<double> m(entry.shape[0], entry.shape.size() > 1 ? entry.shape[1] : 1);
  file.copy(entry, 0, entry.size(), m.data());
  return m;
}

const char* const cases[] = {"tiny", "middle"};

}  // namespace

TEST_CASE("golden: the forward pass gives PyTorch's hidden states, logits and losses") {
  for (const char* name : cases) {
    CAPTURE(name);
    Golden g(name);
    const Batch batch = g.batch();
    Network<double> network(g.config, g.layout);
    network.keep_hidden(true);
    network.forward(g.parameters, batch, network.open_gates().forward);
    const SafetensorsFile file = g.file("forward");
    for (std::size_t i = 0; i < network.hidden().size(); ++i) {
      CAPTURE(i);
      CHECK(relative_error(network.hidden()[i], read_matrix(file, fmt::format("hidden.{}", i))) < tolerance);
    }
    CHECK(network.hidden().size() == static_cast<std::size_t>(g.config.blocks + 1));
    Matrix<double> logits(batch.size(), g.config.vocabulary);
    network.logits(g.parameters, 0, logits);
    CHECK(relative_error(logits, read_matrix(file, "logits")) < tolerance);
    const RowMap<double> losses = network.token_losses(g.parameters);
    const Matrix<double> expected = read_matrix(file, "token_loss");
    std::vector<int> targets;
    find_targets(batch, targets);
    for (Index t = 0; t < batch.size(); ++t) {
      CAPTURE(t);
      const bool predicted = targets[static_cast<std::size_t>(t)] != no_target;
      CHECK(predicted == !std::isnan(expected(t, 0)));
      if (predicted) CHECK(losses[t] == doctest::Approx(expected(t, 0)).epsilon(tolerance));
    }
    CHECK(losses.sum() / static_cast<double>(predicted_tokens(batch)) ==
          doctest::Approx(g.facts["results"]["loss"]).epsilon(tolerance));
  }
}

TEST_CASE("golden: every strategy's loss and masked gradient, for every label, in the fast and the explicit way") {
  for (const char* name : cases) {
    Golden g(name);
    const Batch batch = g.batch();
    Network<double> network(g.config, g.layout);
    const SafetensorsFile file = g.file("gradients");
    const json& alias = g.facts["gradient_alias"];
    int compared = 0;
    for (const StrategyRow& strategy : strategy_rows) {
      if (!strategy.splits) continue;
      for (const Label label : labels) {
        for (const bool mask_embeddings : {false, true}) {
          const std::string key =
              fmt::format("{}{}/{}", strategy.name, mask_embeddings ? "+mask_embeddings" : "", sgtm::name(label));
          if (!g.facts["results"].contains(key)) continue;
          SplitConfig split = g.split;
          split.mask_embeddings = mask_embeddings;
          const Partition partition = make_partition(g.layout, g.config, split, strategy);
          const auto fast = plan<double>(strategy, label, partition, g.layout, g.config, split);
          Flat<double> first;
          for (const bool is_explicit : {false, true}) {
            CAPTURE(name);
            CAPTURE(key);
            CAPTURE(is_explicit);
            const auto masks = is_explicit ? explicit_plan(fast) : fast;
            Flat<double> gradient = Flat<double>::Zero(g.layout.size);
            network.forward(g.parameters, batch, masks.gates.forward);
            const double loss =
                network.backward(g.parameters, batch, masks.gates, masks.wanted, predicted_tokens(batch), gradient);
            zero(gradient, masks.frozen);
            CHECK(loss == doctest::Approx(g.loss(key)).epsilon(tolerance));
            if (is_explicit) CHECK((gradient == first).all());
            first = gradient;
            for (const StoredTensor& stored : stored_tensors(g.layout)) {
              const std::string tensor = key + "/" + stored.name;
              CAPTURE(tensor);
              const auto expected = read_tensor<double>(file, alias.value(tensor, tensor), stored);
              const Eigen::Map<const Flat<double>> e(expected.data(), stored.tensor->size());
              const auto actual = gradient.segment(stored.tensor->offset, stored.tensor->size());
              CHECK(relative_error(actual, e) < tolerance);
              CHECK(((actual == 0) == (e == 0)).all());
              ++compared;
            }
          }
        }
      }
    }
    CHECK(compared == 2 * 22 * static_cast<int>(stored_tensors(g.layout).size()));
  }
}

TEST_CASE("golden: the ablated model's loss, which is also that of a retain batch") {
  for (const char* name : cases) {
    Golden g(name);
    const Batch batch = g.batch();
    Network<double> network(g.config, g.layout);
    for (const StrategyRow& strategy : strategy_rows) {
      if (!strategy.splits) continue;
      CAPTURE(name);
      CAPTURE(strategy.name);
      Flat<double> ablated = g.parameters;
      ablate(ablated, make_partition(g.layout, g.config, g.split, strategy));
      network.forward(ablated, batch, network.open_gates().forward);
      const double loss = network.token_losses(ablated).sum() / static_cast<double>(predicted_tokens(batch));
      CHECK(loss == doctest::Approx(g.loss(fmt::format("{}/ablated", strategy.name))).epsilon(tolerance));
    }
  }
}

TEST_CASE("golden: training trajectories, joint and split optimizer") {
  for (const char* name : cases) {
    Golden g(name);
    const json& train = g.facts["train"];
    const SafetensorsFile file = g.file("train");
    const Schedule schedule{train["learning_rate"], train["warmup"], train["total_steps"]};
    AdamWConfig adamw{train["betas"][0], train["betas"][1], train["eps"], train["weight_decay"]};
    for (const std::string key :
         {"sgtm/joint", "sgtm/split", "gradient_routing/joint", "sgtm_joint_projection/joint"}) {
      CAPTURE(name);
      CAPTURE(key);
      Strategy strategy = strategy_named(key.substr(0, key.find('/')));
      const Partition partition = make_partition(g.layout, g.config, g.split, strategy);
      auto optimizer =
          key.ends_with("split") ? AdamW<double>(adamw, g.layout.size, partition) : AdamW<double>(adamw, g.layout.size);
      const json& result = g.facts["results"]["train/" + key];
      Network<double> network(g.config, g.layout);
      Flat<double> parameters = g.parameters;
      for (std::size_t step = 0; step < train["labels"].size(); ++step) {
        CAPTURE(step);
        const std::string label_name = train["labels"][step];
        const Label label =
            *std::find_if(labels.begin(), labels.end(), [&](Label l) { return sgtm::name(l) == label_name; });
        const auto masks = plan<double>(strategy, label, partition, g.layout, g.config, g.split);
        const Batch batch = g.batch(train["tokens"][step]);
        Flat<double> gradient = Flat<double>::Zero(g.layout.size);
        network.forward(parameters, batch, masks.gates.forward);
        const double loss =
            network.backward(parameters, batch, masks.gates, masks.wanted, predicted_tokens(batch), gradient);
        zero(gradient, masks.frozen);
        const double rate = schedule.rate(static_cast<Index>(step));
        optimizer.step(parameters, gradient, masks.trainable, rate);
        CHECK(loss == doctest::Approx(result["loss"][step]).epsilon(tolerance));
        CHECK(rate == doctest::Approx(result["lr"][step]).epsilon(tolerance));
      }
      for (const StoredTensor& stored : stored_tensors(g.layout)) {
        CAPTURE(stored.name);
        const auto expected = read_tensor<double>(file, key + "/" + stored.name, stored);
        const Eigen::Map<const Flat<double>> e(expected.data(), stored.tensor->size());
        CHECK(relative_error(parameters.segment(stored.tensor->offset, stored.tensor->size()), e) < tolerance);
      }
    }
  }
}

TEST_CASE("golden: calibration of the output bias") {
  for (const char* name : cases) {
    CAPTURE(name);
    Golden g(name);
    const json& facts = g.facts["results"]["calibration"];
    const SafetensorsFile file = g.file("train");
    CalibrationConfig config;
    config.steps = facts["steps"];
    config.rate = facts["lr"][0];
    config.last_rate = facts["lr"][1];
    config.weights = {{Source::forget, 1}, {Source::retain, facts["alpha"]}};
    Flat<double> parameters = g.parameters;
    ablate(parameters, make_partition(g.layout, g.config, g.split, strategy_named("sgtm")));
    row(parameters, g.layout.output_bias) = read_matrix(file, "calibration/bias_before").transpose();
    Network<double> network(g.config, g.layout);
    const auto losses =
        train_output_bias<double>(network, g.layout, parameters, config, [&](Source source, Index step) {
          return g.batch(
              facts[source == Source::forget ? "forget_tokens" : "retain_tokens"][static_cast<std::size_t>(step)]);
        });
    for (std::size_t step = 0; step < losses.size(); ++step) {
      CAPTURE(step);
      CHECK(losses[step][0] == doctest::Approx(facts["losses"][step][0]).epsilon(tolerance));
      CHECK(losses[step][1] == doctest::Approx(facts["losses"][step][1]).epsilon(tolerance));
    }
    const Matrix<double> after = read_matrix(file, "calibration/bias_after").transpose();
    CHECK(relative_error(row(parameters, g.layout.output_bias), after) < tolerance);
  }
}
