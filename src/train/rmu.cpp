#include "train/rmu.hpp"

#include <algorithm>

#include "core/progress.hpp"
#include "core/random.hpp"
#include "train/adamw.hpp"
#include "train/loader.hpp"

namespace sgtm {
namespace {

/// A direction drawn by the seed, of length 1.
Row<float> random_direction(Index width, std::uint64_t seed) {
  Random random(seed, "RMU direction");
  Row<float> u(width);
  for (float& value : u) value = static_cast<float>(random.uniform());
  return u / u.norm();
}

/// The MLPs of blocks first ... last, and nothing else.
WantedGradients mlps_only(WantedGradients wanted, Index first, Index last) {
  wanted.embeddings = false;
  for (std::size_t i = 0; i < wanted.blocks.size(); ++i) {
    wanted.blocks[i].heads = {{0, 0}, {0, 0}, false};
    wanted.blocks[i].norms = false;
    if (static_cast<Index>(i) < first || static_cast<Index>(i) > last) wanted.blocks[i].units = {{0, 0}, {0, 0}, false};
  }
  return wanted;
}

}  // namespace

Index rmu_block(Index blocks) {
  return std::min(blocks - 1, (7 * blocks + 6) / 12);
}

void unlearn(Network<float>& network, const Layout& layout, Flat<float>& parameters, const Dataset& data,
             const RmuConfig& config, std::uint64_t seed) {
  const auto blocks = static_cast<Index>(layout.blocks.size());
  const Index last = rmu_block(blocks);
  const WantedGradients wanted = mlps_only(network.all_gradients(), std::max<Index>(0, last - 2), last);
  SourceBatches forget(data, Source::forget, "RMU", layout.embedding.rows, seed),
      retain(data, Source::retain, "RMU", layout.embedding.rows, seed);
  Flat<float> original = parameters, gradient(layout.size);
  const auto stream = [&](Flat<float>& of, const Batch& batch) {
    network.forward(of, batch, network.open_gates().forward);
    return network.stream_after(last);
  };
  // Adds the gradient of weight * mean((H - target)^2), for the batch last run forward.
  const auto pull = [&](const Batch& batch, const Matrix<float>& h, const Matrix<float>& target, double weight) {
    const Matrix<float> dstream = static_cast<float>(2 * weight / static_cast<double>(h.size())) * (h - target);
    network.backward_from(parameters, batch, last, dstream, wanted, gradient);
  };
  network.keep_hidden(true);
  AdamW<float> optimizer({0.9, 0.999, 1e-8, 0}, layout.size);  // a decay would act on all, not only on the MLPs
  Row<float> u = random_direction(layout.embedding.columns, seed);
  Progress progress("unlearning", "steps", static_cast<double>(config.steps));
  for (Index step = 0; step < config.steps; ++step) {
    Batch forgotten, kept;
    forget.append(forgotten, step, config.documents);
    retain.append(kept, step, config.documents);
    gradient.setZero();
    const Matrix<float> was = stream(original, kept);
    if (step == 0) u *= static_cast<float>(config.strength) * was.rowwise().norm().mean();
    const Matrix<float> h = stream(parameters, forgotten);
    pull(forgotten, h, u.replicate(h.rows(), 1), 1);
    pull(kept, stream(parameters, kept), was, config.retain);
    optimizer.step(parameters, gradient, {}, config.rate);
    progress.update(static_cast<double>(step + 1));
  }
  network.keep_hidden(false);
}

}  // namespace sgtm
