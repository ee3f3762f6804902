#include "eval/losses.hpp"

#include "core/progress.hpp"
#include "train/loader.hpp"

namespace sgtm {
namespace {

constexpr Index batch_tokens = 4096;

double mean_loss(Network<float>& network, const ModelConfig& config, Flat<float>& parameters, const TokenFile& file) {
  Progress progress("evaluating", "tokens", static_cast<double>(file.tokens()));
  double sum = 0, tokens = 0;
  Index predicted = 0;
  Batch batch;
  const auto run = [&] {
    network.forward(parameters, batch, network.open_gates().forward);
    sum += network.token_losses(parameters).cast<double>().sum();
    predicted += predicted_tokens(batch);
    tokens += static_cast<double>(batch.size());
    batch.clear();
    progress.update(tokens);
  };
  for (Index d = 0; d < file.documents(); ++d) {
    if (batch.documents() > 0 && batch.size() + file.length(d) > batch_tokens) run();
    append_document(batch, file, d, static_cast<int>(config.vocabulary));
  }
  run();
  return sum / static_cast<double>(predicted);
}

}  // namespace

Losses held_out_losses(Network<float>& network, const ModelConfig& config, Flat<float>& parameters,
                       const Dataset& data) {
  Losses losses;
  for (const Source source : sources)
    if (const auto part = data.parts.find(name(source)); part != data.parts.end())
      losses[source] = mean_loss(network, config, parameters, *part->second.held_out);
  return losses;
}

}  // namespace sgtm
