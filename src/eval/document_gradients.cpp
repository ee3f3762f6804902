#include "eval/document_gradients.hpp"

#include <algorithm>
#include <numeric>

#include "train/loader.hpp"

namespace sgtm {

std::vector<DocumentGradient> document_gradients(Network<float>& network, const Layout& layout,
                                                 const Partition& partition, const SplitConfig& split,
                                                 const Strategy& strategy, Flat<float>& parameters,
                                                 const TokenFile& file, Index documents) {
  const Index forget_heads = strategy.joint_attention ? 0 : split.forget_heads;
  std::vector<DocumentGradient> all;
  Flat<float> gradient(layout.size);
  for (Index d = 0; d < std::min(documents, file.documents()); ++d) {
    Batch batch;
    append_document(batch, file, d, static_cast<int>(layout.embedding.rows));
    gradient.setZero();
    network.forward(parameters, batch, network.keep_all().forward);
    auto derivatives = network.no_mask_derivatives();
    network.backward(parameters, batch, network.keep_all(), network.all_gradients(), predicted_tokens(batch), gradient,
                     &derivatives);
    DocumentGradient found;
    for (const Owner owner : owners)
      for_each_range(partition.of(owner), [&](Index offset, Index size) {
        found.squared_norms[owner] += gradient.segment(offset, size).cast<double>().square().sum();
      });
    for (std::size_t i = 0; i < derivatives.size(); ++i)
      if (split.masks(static_cast<Index>(i)))
        found.forget_mask += static_cast<double>(derivatives[i].heads.tail(forget_heads).sum() +
                                                 derivatives[i].units.tail(split.forget_units).sum());
    all.push_back(found);
  }
  return all;
}

double DocumentGradient::absorbed_share() const {
  const double all = std::accumulate(squared_norms.begin(), squared_norms.end(), 0.0);
  return squared_norms[Owner::forget] / all;
}

}  // namespace sgtm
