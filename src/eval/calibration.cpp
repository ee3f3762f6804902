#include "eval/calibration.hpp"

#include <map>

#include "core/progress.hpp"
#include "core/random.hpp"
#include "train/adamw.hpp"
#include "train/loader.hpp"

namespace sgtm {

CalibrationConfig calibration_of(const RunConfig& config) {
  return {.steps = config.calibration_steps,
          .documents = config.calibration_documents,
          .weights = {{Source::forget, 1},
                      {Source::retain, config.calibration_retain},
                      {Source::adjacent, config.calibration_adjacent}}};
}

template <class Real>
std::vector<std::vector<double>> train_output_bias(Network<Real>& network, const Layout& layout, Flat<Real>& parameters,
                                                   const CalibrationConfig& config,
                                                   const std::function<Batch(Source, Index)>& batch_of) {
  // The bias is an AdamW of its own, so that weight decay leaves the other parameters alone.
  const Tensor& bias = layout.output_bias;
  AdamW<Real> optimizer({.beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-8, .weight_decay = 0.01}, bias.size());
  Flat<Real> gradient = Flat<Real>::Zero(layout.size), source_gradient = gradient;
  std::vector<std::vector<double>> losses;
  for (Index step = 0; step < config.steps; ++step) {
    gradient.setZero();
    losses.emplace_back();
    for (const auto& [source, weight] : config.weights) {
      const Batch batch = batch_of(source, step);
      source_gradient.setZero();
      network.forward(parameters, batch, network.keep_all().forward);
      losses.back().push_back(network.backward_output_bias(parameters, predicted_tokens(batch), source_gradient));
      gradient += static_cast<Real>(weight) * source_gradient;
    }
    const double rate = config.rate + (config.last_rate - config.rate) * static_cast<double>(step) /
                                          static_cast<double>(std::max<Index>(1, config.steps));
    Flat<Real> values = parameters.segment(bias.offset, bias.size());
    optimizer.step(values, gradient.segment(bias.offset, bias.size()), rate);
    parameters.segment(bias.offset, bias.size()) = values;
  }
  return losses;
}

template std::vector<std::vector<double>> train_output_bias(Network<float>&, const Layout&, Flat<float>&,
                                                            const CalibrationConfig&,
                                                            const std::function<Batch(Source, Index)>&);
template std::vector<std::vector<double>> train_output_bias(Network<double>&, const Layout&, Flat<double>&,
                                                            const CalibrationConfig&,
                                                            const std::function<Batch(Source, Index)>&);
void calibrate(Network<float>& network, const ModelConfig& model, Flat<float>& parameters, const Dataset& data,
               CalibrationConfig config, std::uint64_t seed) {
  std::erase_if(config.weights, [&](const auto& weight) {
    return weight.first != Source::retain && representatives(data, weight.first).documents.empty();
  });
  const Layout layout(model);
  Random random(seed, "calibration bias");
  for (float& value : parameters.segment(layout.output_bias.offset, layout.output_bias.size()))
    value = static_cast<float>(config.bias_deviation * random.normal());

  std::map<Source, SourceBatches> batches;
  for (const auto& [source, weight] : config.weights)
    batches.emplace(source, SourceBatches(data, source, "calibration", model.vocabulary, seed));
  Progress progress("calibrating", "steps", static_cast<double>(config.steps));
  train_output_bias<float>(network, layout, parameters, config, [&](Source source, Index step) {
    progress.update(static_cast<double>(step));
    Batch batch;
    batches.at(source).append(batch, step, config.documents);
    return batch;
  });
}

}  // namespace sgtm
