#include "eval/rmu.hpp"

#include <algorithm>
#include <optional>

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

/// H: the stream after a block, tokens x width.
template <class Real>
Matrix<Real> stream(Network<Real>& network, Flat<Real>& parameters, const Batch& batch, Index block) {
  network.forward(parameters, batch, network.keep_all().forward);
  return network.stream_after(block);
}

/// The MLPs of blocks first ... last, and nothing else.
NetworkRequiresGrad mlps_only(NetworkRequiresGrad requires_grad, Index first, Index last) {
  requires_grad.embeddings = false;
  for (std::size_t i = 0; i < requires_grad.blocks.size(); ++i) {
    requires_grad.blocks[i].heads = {{0, 0}, {0, 0}, false};
    requires_grad.blocks[i].norms = false;
    if (static_cast<Index>(i) < first || static_cast<Index>(i) > last)
      requires_grad.blocks[i].units = {{0, 0}, {0, 0}, false};
  }
  return requires_grad;
}

}  // namespace

Index rmu_block(Index blocks) {
  return std::min(blocks - 1, (7 * blocks + 6) / 12);
}

template <class Real>
double pull_towards(Network<Real>& network, Flat<Real>& parameters, const Batch& batch, const Matrix<Real>& target,
                    double weight, Flat<Real>& gradient) {
  const NetworkRequiresGrad all = network.all_gradients();
  const Index last = rmu_block(static_cast<Index>(all.blocks.size()));
  const Matrix<Real> error = stream(network, parameters, batch, last) - target;
  const double share = weight / static_cast<double>(error.size());
  network.backward_from(parameters, batch, last, static_cast<Real>(2 * share) * error,
                        mlps_only(all, std::max<Index>(0, last - 2), last), gradient);
  return share * static_cast<double>(error.squaredNorm());
}

template double pull_towards(Network<float>&, Flat<float>&, const Batch&, const Matrix<float>&, double, Flat<float>&);
template double pull_towards(Network<double>&, Flat<double>&, const Batch&, const Matrix<double>&, double,
                             Flat<double>&);

void unlearn(Network<float>& network, const Layout& layout, Flat<float>& parameters, const Dataset& data,
             const RmuConfig& config, std::uint64_t seed) {
  SourceBatches forget(data, Source::forget, "RMU", layout.embedding.rows, seed),
      retain(data, Source::retain, "RMU", layout.embedding.rows, seed);
  std::optional<SourceBatches> adjacent;
  if (data.training(Source::adjacent) != nullptr)
    adjacent.emplace(data, Source::adjacent, "RMU", layout.embedding.rows, seed);
  Flat<float> original = parameters, gradient(layout.size);
  network.keep_hidden(true);
  // A decay would act on all parameters, not only on the MLPs.
  AdamW<float> optimizer({.beta_1 = 0.9, .beta_2 = 0.999, .epsilon = 1e-8, .weight_decay = 0}, layout.size);
  Row<float> u = random_direction(layout.embedding.columns, seed);
  Progress progress("unlearning", "steps", static_cast<double>(config.steps));
  for (Index step = 0; step < config.steps; ++step) {
    Batch forgotten, kept;
    forget.append(forgotten, step, config.documents);
    retain.append(kept, step, config.documents);
    if (adjacent) adjacent->append(kept, step, config.documents);
    gradient.setZero();
    const Matrix<float> was = stream(network, original, kept, rmu_block(static_cast<Index>(layout.blocks.size())));
    if (step == 0) u *= static_cast<float>(config.strength) * was.rowwise().norm().mean();
    pull_towards<float>(network, parameters, forgotten, u.replicate(forgotten.size(), 1), 1, gradient);
    pull_towards<float>(network, parameters, kept, was, config.retain, gradient);
    optimizer.step(parameters, gradient, config.rate);
    progress.update(static_cast<double>(step + 1));
  }
  network.keep_hidden(false);
}

}  // namespace sgtm
