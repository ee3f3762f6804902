#include "lab/bench/speed.hpp"

#include <algorithm>
#include <cassert>

#include "lab/bench/timing.hpp"
#include "model/network.hpp"

namespace sgtm {

Estimate estimate(const RunConfig& config, Index length) {
  assert(length > 2);
  check_memory(config.model, config.micro_batch);
  const Layout layout(config.model);
  Flat<float> parameters = initial_parameters<float>(config.model, layout, 1),
              gradient = Flat<float>::Zero(layout.size);
  Network<float> network(config.model, layout);
  AdamW<float> optimizer(config.adamw, layout.size);
  // A step is some micro-batches, then the optimizer.
  const Index documents = std::clamp<Index>(config.micro_batch / length, 1, config.batch);
  const Batch batch = random_batch(config.model.vocabulary, documents, length);
  const double micro_batch = median_seconds(3, [&] {
    network.forward(parameters, batch, network.keep_all().forward);
    network.backward(parameters, batch, network.keep_all(), network.all_gradients(), predicted_tokens(batch), gradient);
  });
  const double update = median_seconds(3, [&] {
    gradient.setZero();
    optimizer.step(parameters, gradient, 0);
  });
  const double step_tokens = static_cast<double>(config.batch * length);
  const double step = step_tokens / static_cast<double>(batch.size()) * micro_batch + update;
  const double tokens = config.steps > 0 ? static_cast<double>(config.steps) * step_tokens : config.tokens;
  return {tokens, step_tokens / step, tokens / step_tokens * step, training_bytes(config.model, batch.size())};
}

}  // namespace sgtm
