#include "verify/specimen.hpp"

#include "core/random.hpp"

namespace sgtm {

Specimen specimen() {
  Specimen s;
  s.config = {.vocabulary = 24, .context = 32, .width = 12, .blocks = 4, .heads = 4, .mlp_width = 14, .window = 3};
  s.split = {2, 5, {1, 2}, false};
  Random random(1, "specimen");
  for (const int length : {9, 2, 6, 12}) {
    for (int t = 0; t + 1 < length; ++t) s.batch.tokens.push_back(static_cast<int>(random.below(20)));
    s.batch.tokens.push_back(23);  // the end token
    s.batch.offsets.push_back(s.batch.size());
  }
  return s;
}

Flat<double> specimen_parameters(const Layout& layout, std::uint64_t seed) {
  Flat<double> flat = Flat<double>::Zero(layout.size);
  Random random(seed, "specimen parameters");
  for (const Tensor* t : layout.tensors()) {
    const double mean = t->name.ends_with("gain") ? 1 : 0;
    for (Index i = 0; i < t->size(); ++i) flat[t->offset + i] = mean + 0.25 * random.normal();
  }
  return flat;
}

}  // namespace sgtm
