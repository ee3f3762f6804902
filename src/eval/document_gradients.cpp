#include "eval/document_gradients.hpp"

#include <algorithm>
#include <numeric>

#include "train/loader.hpp"

namespace sgtm {

std::vector<DocumentGradient> document_gradients(Network<float>& network, const Layout& layout,
                                                 const Partition& partition, const SplitConfig& split,
                                                 Strategy strategy, Flat<float>& parameters, const TokenFile& file,
                                                 Index documents) {
  const Index forget_heads = strategy.joint_attention ? 0 : split.forget_heads;
  std::vector<DocumentGradient> all;
  Flat<float> gradient(layout.size);
  for (Index d = 0; d < std::min(documents, file.documents()); ++d) {
    Batch batch;
    append_document(batch, file, d, static_cast<int>(layout.embedding.rows));
    gradient.setZero();
    network.forward(parameters, batch, network.open_gates().forward);
    auto slopes = network.no_gate_slopes();
    network.backward(parameters, batch, network.open_gates(), network.all_gradients(), predicted_tokens(batch),
                     gradient, &slopes);
    DocumentGradient found;
    for (const Owner owner : owners)
      for_each_run(partition.of(owner), [&](Index offset, Index size) {
        found.squared_norms[static_cast<std::size_t>(owner)] +=
            gradient.segment(offset, size).cast<double>().square().sum();
      });
    for (std::size_t i = 0; i < slopes.size(); ++i)
      if (split.masks(static_cast<Index>(i)))
        found.forget_gate += static_cast<double>(slopes[i].heads.tail(forget_heads).sum() +
                                                 slopes[i].units.tail(split.forget_units).sum());
    all.push_back(found);
  }
  return all;
}

double DocumentGradient::absorbed_share() const {
  const double all = std::accumulate(squared_norms.begin(), squared_norms.end(), 0.0);
  return squared_norms[static_cast<std::size_t>(Owner::forget)] / all;
}

}  // namespace sgtm
