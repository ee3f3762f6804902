#include "eval/gradient_norms.hpp"

#include <algorithm>

#include "train/loader.hpp"

namespace sgtm {

std::vector<SquaredNorms> gradient_norms(Network<float>& network, const Layout& layout, const Partition& partition,
                                         Flat<float>& parameters, const TokenFile& file, Index documents) {
  std::vector<SquaredNorms> all;
  Flat<float> gradient(layout.size);
  for (Index d = 0; d < std::min(documents, file.documents()); ++d) {
    Batch batch;
    append_document(batch, file, d, static_cast<int>(layout.embedding.rows));
    gradient.setZero();
    network.forward(parameters, batch, network.open_gates().forward);
    network.backward(parameters, batch, network.open_gates(), network.all_gradients(), predicted_tokens(batch),
                     gradient);
    SquaredNorms norms{};
    for (const Owner owner : owners)
      for_each_run(partition.of(owner), [&](Index offset, Index size) {
        norms[static_cast<std::size_t>(owner)] += gradient.segment(offset, size).cast<double>().square().sum();
      });
    all.push_back(norms);
  }
  return all;
}

double absorbed_share(const SquaredNorms& norms) {
  return norms[static_cast<std::size_t>(Owner::forget)] / (norms[0] + norms[1] + norms[2]);
}

}  // namespace sgtm
