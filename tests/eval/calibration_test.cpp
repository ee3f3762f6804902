#include "eval/calibration.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <numeric>

#include "core/random.hpp"
#include "eval/losses.hpp"
#include "tests/support/small_network.hpp"
#include "train/loader.hpp"

using namespace sgtm;

namespace {

const ModelConfig small = small_config();

/// Another batch for every source and step.
Batch batch_of(Source source, Index step) {
  return small_batch(10 + 3 * static_cast<std::uint64_t>(step) + static_cast<std::uint64_t>(source));
}

/// The mean token loss of the batch last run forward, from its logits; adds weight times its derivative by the bias.
double loss_and_derivative(const Network<double>& network, Flat<double>& parameters, const Batch& batch, double weight,
                           std::vector<double>& derivative) {
  Matrix<double> logits(batch.size(), small.vocabulary);
  network.logits(parameters, 0, logits);
  std::vector<int> targets;
  find_targets(batch, targets);
  double loss = 0, predicted = 0;
  for (const int target : targets) predicted += target != no_target;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    if (targets[t] == no_target) continue;
    const Row<double> p = logits.row(static_cast<Index>(t)).array().exp();
    loss -= std::log(p[targets[t]] / p.sum()) / predicted;
    for (std::size_t v = 0; v < derivative.size(); ++v)
      derivative[v] += weight * (p[static_cast<Index>(v)] / p.sum() - (static_cast<int>(v) == targets[t])) / predicted;
  }
  return loss;
}

/// All parameters but the output bias.
template <class Real>
Flat<Real> others(Flat<Real> parameters, const Layout& layout) {
  row(parameters, layout.output_bias).setZero();
  return parameters;
}

struct Calibrated {
  std::vector<double> bias;
  std::vector<std::vector<double>> losses;
};

/// Calibration by the textbook, entry by entry.
Calibrated calibrated_by_hand(Network<double>& network, const Layout& layout, Flat<double> parameters,
                              const std::vector<std::pair<Source, double>>& weights, int steps) {
  const auto count = static_cast<std::size_t>(small.vocabulary);
  Calibrated result;
  std::vector<double> m(count), v(count);
  for (int step = 0; step < steps; ++step) {
    std::vector<double> g(count);
    result.losses.emplace_back();
    for (const auto& [source, weight] : weights) {
      const Batch batch = batch_of(source, step);
      network.forward(parameters, batch, network.keep_all().forward);
      result.losses.back().push_back(loss_and_derivative(network, parameters, batch, weight, g));
    }
    const double rate = 0.01 - 0.009 * step / steps, t = step + 1;
    for (std::size_t i = 0; i < count; ++i) {
      double& b = parameters[layout.output_bias.offset + static_cast<Index>(i)];
      m[i] = 0.9 * m[i] + 0.1 * g[i];
      v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
      b -= rate * 0.01 * b + rate * m[i] / (1 - std::pow(0.9, t)) / (std::sqrt(v[i] / (1 - std::pow(0.999, t))) + 1e-8);
    }
  }
  const auto bias = row(parameters, layout.output_bias);
  result.bias.assign(bias.begin(), bias.end());
  return result;
}

/// Training on the training documents of a data set, read in the order of calibration.
Flat<float> trained_on(const Dataset& data, const CalibrationConfig& config, Flat<float> start, std::uint64_t seed) {
  SmallNetwork m;
  std::map<Source, EndlessOrder> orders;
  for (const auto& [source, weight] : config.weights) {
    std::vector<Index> all(static_cast<std::size_t>(data.parts.at(name(source)).train->documents()));
    std::iota(all.begin(), all.end(), Index(0));
    orders.emplace(source, EndlessOrder(std::string("calibration ") + name(source), all, seed));
  }
  train_output_bias<float>(m.network, m.layout, start, config, [&](Source source, Index step) {
    Batch batch;
    for (Index i = 0; i < config.documents; ++i)
      append_document(batch, *data.parts.at(name(source)).train, orders.at(source).at(step * config.documents + i),
                      400);
    return batch;
  });
  return start;
}

}  // namespace

TEST_CASE("calibration: AdamW on l_forget + 100 l_retain + beta l_adjacent, by a rate that falls in a line") {
  const Layout layout(small);
  Network<double> network(small, layout);
  Flat<double> parameters = small_parameters<double>(small, layout);
  const Flat<double> before = parameters;
  CalibrationConfig config;
  CHECK(config.weights ==
        std::vector<std::pair<Source, double>>{{Source::forget, 1}, {Source::retain, 100}, {Source::adjacent, 1}});
  config.weights.back().second = 7;
  config.steps = 3;
  const Calibrated expected = calibrated_by_hand(network, layout, before, config.weights, 3);
  const auto losses = train_output_bias<double>(network, layout, parameters, config, batch_of);
  const Tensor& bias = layout.output_bias;
  for (std::size_t v = 0; v < expected.bias.size(); ++v)
    CHECK(std::abs(parameters[bias.offset + static_cast<Index>(v)] - expected.bias[v]) < 1e-12);
  REQUIRE(losses.size() == 3);
  for (std::size_t step = 0; step < 3; ++step) {
    REQUIRE(losses[step].size() == 3);
    for (std::size_t s = 0; s < 3; ++s) CHECK(std::abs(losses[step][s] - expected.losses[step][s]) < 1e-12);
  }
  CHECK((others(parameters, layout) == others(before, layout)).all());
}

TEST_CASE("calibration: draws the bias from N(0, 0.1) by the seed, and nothing else") {
  SmallNetwork m;
  CalibrationConfig config;
  config.steps = 0;
  const auto drawn = [&](std::uint64_t seed, double was) {
    Flat<float> parameters = m.parameters;
    row(parameters, m.layout.output_bias).setConstant(static_cast<float>(was));
    calibrate(m.network, m.config, parameters, adjacent_data().data, config, seed);
    CHECK((others(parameters, m.layout) == others(m.parameters, m.layout)).all());
    return Row<float>(row(parameters, m.layout.output_bias));
  };
  const Row<float> first = drawn(1, 0), second = drawn(2, 0);
  CHECK(first == drawn(1, 9));  // what it was is forgotten
  CHECK(first != second);
  const double n = static_cast<double>(first.size()), mean = first.cast<double>().mean();
  CHECK(std::abs(mean) < 4 * 0.1 / std::sqrt(n));
  CHECK(std::abs((first.cast<double>().array() - mean).matrix().norm() / std::sqrt(n) - 0.1) <
        4 * 0.1 / std::sqrt(2 * n));
  CHECK(first.cwiseAbs().maxCoeff() > 0.2);  // beyond what an even draw of that deviation has
  Random random(1, "calibration bias");
  for (Index i = 0; i < first.size(); ++i) CHECK(first[i] == static_cast<float>(0.1 * random.normal()));
  config.bias_deviation = 3;
  CHECK((drawn(1, 0) - 30 * first).norm() < 1e-4);
}

TEST_CASE("calibration: reads so many training documents of every source and step, in an order of its own") {
  SmallNetwork m;
  const Dataset& data = adjacent_data().data;
  CalibrationConfig config;
  config.steps = 3, config.documents = 5;
  CalibrationConfig none = config;
  none.steps = 0;
  for (const std::uint64_t seed : {1u, 2u}) {
    Flat<float> start = m.parameters, calibrated = m.parameters;
    calibrate(m.network, m.config, start, data, none, seed);
    calibrate(m.network, m.config, calibrated, data, config, seed);
    const Flat<float> expected = trained_on(data, config, start, seed);
    CHECK((calibrated == expected).all());
    CHECK((calibrated != start).any());
  }
}

TEST_CASE("calibration: a source that the data lacks is left out, and the others stay") {
  SmallNetwork m;
  const Dataset& data = small_data().data;
  CalibrationConfig config, two;
  config.steps = 2, config.documents = 3;
  two = config;
  two.weights = {{Source::forget, 1}, {Source::retain, 100}};
  CalibrationConfig none = two;
  none.steps = 0;
  Flat<float> start = m.parameters, calibrated = m.parameters;
  calibrate(m.network, m.config, start, data, none, 1);
  calibrate(m.network, m.config, calibrated, data, config, 1);
  CHECK((calibrated == trained_on(data, two, start, 1)).all());
}

TEST_CASE("calibration: lowers the losses that count in it") {
  SmallNetwork m;
  const Dataset& data = adjacent_data().data;
  CalibrationConfig config;
  config.steps = 40, config.documents = 4, config.bias_deviation = 3;
  CalibrationConfig none = config;
  none.steps = 0;
  Flat<float> start = m.parameters;
  calibrate(m.network, m.config, start, data, none, 1);
  calibrate(m.network, m.config, m.parameters, data, config, 1);
  const Losses before = held_out_losses(m.network, m.config, start, data),
               after = held_out_losses(m.network, m.config, m.parameters, data);
  for (const Source source : {Source::retain, Source::adjacent}) CHECK(after.at(source) < before.at(source));
}

TEST_CASE("calibration: a run's settings are those of its calibration; by default the paper's") {
  RunConfig run;
  const CalibrationConfig by_default = calibration_of(run), paper;
  CHECK(by_default.steps == 200);
  CHECK(by_default.documents == 16);
  CHECK(by_default.rate == 1e-2);
  CHECK(by_default.last_rate == 1e-3);
  CHECK(by_default.bias_deviation == 0.1);
  CHECK(by_default.weights == paper.weights);
  CHECK(paper.steps == 200);
  CHECK(paper.documents == 16);
  run.calibration_steps = 7, run.calibration_documents = 5;
  run.calibration_retain = 30, run.calibration_adjacent = 4;
  const CalibrationConfig own = calibration_of(run);
  CHECK(own.steps == 7);
  CHECK(own.documents == 5);
  CHECK(own.weights ==
        std::vector<std::pair<Source, double>>{{Source::forget, 1}, {Source::retain, 30}, {Source::adjacent, 4}});
}
