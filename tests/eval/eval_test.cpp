#include <doctest/doctest.h>

#include "core/error.hpp"
#include "eval/calibration.hpp"
#include "eval/document_gradients.hpp"
#include "eval/losses.hpp"
#include "eval/sampling.hpp"
#include "tests/support/small_network.hpp"

using namespace sgtm;

TEST_CASE("losses: the mean over all predicted tokens of a source, whatever the batches") {
  SmallNetwork m;
  const Losses losses = held_out_losses(m.network, m.config, m.parameters, small_data().data);
  CHECK(losses.size() == 2);
  const TokenFile& file = *small_data().data.parts.at("forget").held_out;
  double sum = 0, predicted = 0;
  for (Index d = 0; d < file.documents(); ++d) {
    Batch one;
    file.append(d, 400, one.tokens);
    one.offsets.push_back(one.size());
    m.network.forward(m.parameters, one, m.network.open_gates().forward);
    sum += m.network.token_losses(m.parameters).cast<double>().sum();
    predicted += static_cast<double>(predicted_tokens(one));
  }
  CHECK(losses.at(Source::forget) == doctest::Approx(sum / predicted).epsilon(1e-6));
}

TEST_CASE("losses: the histogram counts every predicted token once, where its loss is") {
  SmallNetwork m;
  const TokenFile& file = *small_data().data.parts.at("forget").held_out;
  const LossHistogram counts = loss_histogram(m.network, m.config, m.parameters, file);
  double tokens = 0, sum = 0;
  for (std::size_t bin = 0; bin < counts.size(); ++bin) {
    tokens += static_cast<double>(counts[bin]);
    sum += static_cast<double>(counts[bin]) * loss_bin * (static_cast<double>(bin) + 0.5);
  }
  CHECK(tokens == static_cast<double>(file.tokens() - 2 * file.documents()));
  CHECK(std::abs(sum / tokens - mean_loss(m.network, m.config, m.parameters, file)) < loss_bin / 2);
}

TEST_CASE("document gradients: shares and the forget gate are those of the whole gradient") {
  SmallNetwork m;
  SplitConfig split;
  split.forget_units = 4;
  const Partition partition = make_partition(m.layout, m.config, split, strategy_named("sgtm"));
  const TokenFile& file = *small_data().data.parts.at("forget").held_out;
  const auto found =
      document_gradients(m.network, m.layout, partition, split, strategy_named("sgtm"), m.parameters, file, 2);
  REQUIRE(found.size() == 2);
  Batch batch;
  file.append(0, 400, batch.tokens);
  batch.offsets.push_back(batch.size());
  Flat<float> gradient = Flat<float>::Zero(m.layout.size);
  m.network.forward(m.parameters, batch, m.network.open_gates().forward);
  m.network.backward(m.parameters, batch, m.network.open_gates(), m.network.all_gradients(), predicted_tokens(batch),
                     gradient);
  const auto& n = found[0].squared_norms;
  CHECK(n[0] + n[1] + n[2] == doctest::Approx(gradient.cast<double>().square().sum()).epsilon(1e-5));
  CHECK(found[0].absorbed_share() == doctest::Approx(n[0] / (n[0] + n[1] + n[2])));
  // One factor g on all forget heads and units is one on the forget rows of W_O and W_2: dL/dg = sum of W dL/dW there.
  double by_rows = 0;
  for (const BlockLayout& block : m.layout.blocks)
    for (const auto& [tensor, rows] : {std::pair{&block.w_o, m.config.head_width()}, std::pair{&block.w_2, Index(4)}})
      by_rows += matrix(m.parameters, *tensor)
                     .bottomRows(rows)
                     .cwiseProduct(matrix(gradient, *tensor).bottomRows(rows))
                     .template cast<double>()
                     .sum();
  CHECK(found[0].forget_gate == doctest::Approx(by_rows).epsilon(1e-3));
}

TEST_CASE("calibration: changes the output bias and nothing else, and lowers the loss") {
  SmallNetwork m;
  const Flat<float> before = m.parameters;
  const Dataset& data = small_data().data;
  CalibrationConfig config;
  config.steps = 40;
  config.weights = {{Source::forget, 1}, {Source::retain, 1}, {Source::adjacent, 1}};
  config.bias_deviation = 3;
  Flat<float> start = before;
  CalibrationConfig none = config;
  none.steps = 0;
  calibrate(m.network, m.config, start, data, none, 1);
  const Losses uncalibrated = held_out_losses(m.network, m.config, start, data);
  calibrate(m.network, m.config, m.parameters, data, config, 1);
  const Losses calibrated = held_out_losses(m.network, m.config, m.parameters, data);
  CHECK(calibrated.at(Source::retain) < uncalibrated.at(Source::retain));
  const Tensor& bias = m.layout.output_bias;
  for (Index i = 0; i < m.layout.size; ++i)
    if (i < bias.offset || i >= bias.offset + bias.size()) REQUIRE(m.parameters[i] == before[i]);
  CHECK((row(start, bias) - row(m.parameters, bias)).norm() > 0);
}

TEST_CASE("sampling: a function of the seed; temperature 0 and top-k 1 take the likeliest token") {
  SmallNetwork m;
  const Tokenizer tokenizer = Tokenizer::read(small_data().path);
  SamplingConfig config;
  config.tokens = 12;
  const auto text = [&](const SamplingConfig& c) { return sample(m.config, m.parameters, tokenizer, "Once upon", c); };
  const std::string first = text(config);
  CHECK(text(config) == first);
  config.seed = 2;
  CHECK(text(config) != first);
  config.temperature = 0;
  const std::string greedy = text(config);
  config.temperature = 3;
  config.top_k = 1;
  CHECK(text(config) == greedy);
  config.tokens = 500;  // beyond the context
  CHECK(text(config).size() > 400);
}

TEST_CASE("sampling: impossible settings are refused") {
  SmallNetwork m;
  const Tokenizer tokenizer = Tokenizer::read(small_data().path);
  const auto refused = [&](const char* why, const std::string& prompt, SamplingConfig c) {
    CHECK_THROWS_WITH_AS(sample(m.config, m.parameters, tokenizer, prompt, c), doctest::Contains(why), Error);
  };
  refused("--prompt: is empty", "", {});
  refused("--prompt: byte 1 is not valid UTF-8", "a\xff", {});
  refused("--temperature -1", "a", {5, -1, 0, 1});
  refused("--top-k -1", "a", {5, 1, -1, 1});
  refused("--tokens 0", "a", {0, 1, 0, 1});
}
