#pragma once

#include <functional>

#include "model/network.hpp"
#include "sgtm/strategy.hpp"
#include "text/dataset.hpp"
#include "train/run_config.hpp"

namespace sgtm {

/// Logit calibration (paper, App. I.2). Ablation can leave absurdly small probabilities, so the output bias, and
/// nothing else, is drawn anew from N(0, bias_deviation) and trained on
///
///     L = sum over sources of weight * (mean token loss on a batch of that source)
///
/// by AdamW with a rate that falls in a line from `rate` to `last_rate`.
struct CalibrationConfig {
  Index steps = 200;
  Index documents = 16;  // per source and step
  double rate = 1e-2, last_rate = 1e-3;
  double bias_deviation = 0.1;
  std::vector<std::pair<Source, double>> weights{{Source::forget, 1}, {Source::retain, 100}, {Source::adjacent, 1}};
};

CalibrationConfig calibration_of(const RunConfig& config);

/// Trains the output bias in place and returns, per step, the loss on every source of `config.weights`. `batch_of`
/// gives the batch of a source at a step.
template <class Real>
std::vector<std::vector<double>> train_output_bias(Network<Real>& network, const Layout& layout, Flat<Real>& parameters,
                                                   const CalibrationConfig& config,
                                                   const std::function<Batch(Source, Index)>& batch_of);

/// Draws the output bias anew and trains it on the training documents of a data set. Sources that the data lacks are
/// left out.
void calibrate(Network<float>& network, const ModelConfig& model, Flat<float>& parameters, const Dataset& data,
               CalibrationConfig config, std::uint64_t seed);

}  // namespace sgtm
