#include "eval/losses.hpp"

#include <algorithm>
#include <functional>

#include "core/progress.hpp"
#include "train/loader.hpp"

namespace sgtm {
namespace {

/// Calls visit(batch, losses of its tokens) for all documents of a file.
void for_each_batch(Network<float>& network, const ModelConfig& config, Flat<float>& parameters, const TokenFile& file,
                    const std::function<void(const Batch&, const RowMap<float>&)>& visit) {
  Progress progress("evaluating", "tokens", static_cast<double>(file.tokens()));
  double tokens = 0;
  Batch batch;
  const auto run = [&] {
    network.forward(parameters, batch, network.keep_all().forward);
    visit(batch, network.token_losses(parameters));
    tokens += static_cast<double>(batch.size());
    batch.clear();
    progress.update(tokens);
  };
  for (Index d = 0; d < file.documents(); ++d) {
    if (batch.documents() > 0 && batch.size() + file.length(d) > evaluation_tokens) run();
    append_document(batch, file, d, static_cast<int>(config.vocabulary));
  }
  run();
}

}  // namespace

double mean_loss(Network<float>& network, const ModelConfig& config, Flat<float>& parameters, const TokenFile& file) {
  double sum = 0;
  Index predicted = 0;
  for_each_batch(network, config, parameters, file, [&](const Batch& batch, const RowMap<float>& losses) {
    sum += losses.cast<double>().sum();
    predicted += predicted_tokens(batch);
  });
  return sum / static_cast<double>(predicted);
}

LossHistogram loss_histogram(Network<float>& network, const ModelConfig& config, Flat<float>& parameters,
                             const TokenFile& file) {
  LossHistogram counts{};
  std::vector<int> targets;
  for_each_batch(network, config, parameters, file, [&](const Batch& batch, const RowMap<float>& losses) {
    find_targets(batch, targets);
    for (std::size_t t = 0; t < targets.size(); ++t) {
      if (targets[t] == no_target) continue;
      const double bin = static_cast<double>(losses[static_cast<Index>(t)]) / loss_bin;
      ++counts[static_cast<std::size_t>(std::min(static_cast<double>(counts.size() - 1), bin))];
    }
  });
  return counts;
}

Losses held_out_losses(Network<float>& network, const ModelConfig& config, Flat<float>& parameters,
                       const Dataset& data) {
  Losses losses;
  const auto held_out = data.held_out();
  for (const Source source : sources)
    if (const auto file = held_out.find(name(source)); file != held_out.end())
      losses[source] = mean_loss(network, config, parameters, *file->second);
  return losses;
}

}  // namespace sgtm
