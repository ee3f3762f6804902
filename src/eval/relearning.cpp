#include "eval/relearning.hpp"

#include <algorithm>

#include "core/progress.hpp"
#include "train/adamw.hpp"
#include "train/loader.hpp"

namespace sgtm {

void relearn(Network<float>& network, const Layout& layout, Flat<float>& parameters, const Dataset& data,
             const RelearningConfig& config, std::uint64_t seed, const RelearningLook& look) {
  SourceBatches forget(data, Source::forget, "relearning", layout.embedding.rows, seed),
      retain(data, Source::retain, "relearning", layout.embedding.rows, seed);
  AdamW<float> optimizer(AdamWConfig{}, layout.size);
  Flat<float> gradient(layout.size);
  Progress progress("relearning", "steps", static_cast<double>(config.steps));
  const Index every = std::max<Index>(1, config.steps / 50);
  double forget_tokens = 0;
  look(0, 0);
  for (Index step = 0; step < config.steps; ++step) {
    Batch batch;
    forget_tokens += static_cast<double>(forget.append(batch, step, config.documents));
    retain.append(batch, step, config.documents);
    gradient.setZero();
    network.forward(parameters, batch, network.keep_all().forward);
    network.backward(parameters, batch, network.keep_all(), network.all_gradients(), predicted_tokens(batch), gradient);
    const double warm = static_cast<double>(step + 1) / static_cast<double>(std::max<Index>(1, config.warmup));
    optimizer.step(parameters, gradient, config.rate * std::min(1.0, warm));
    if ((step + 1) % every == 0 || step + 1 == config.steps) look(step + 1, forget_tokens);
    progress.update(static_cast<double>(step + 1));
  }
}

}  // namespace sgtm
