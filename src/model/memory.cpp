#include "model/memory.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/machine.hpp"

namespace sgtm {

double training_bytes(const ModelConfig& c, Index tokens) {
  // Per token and block: two norms and their outputs (4 d), q, k, v, the heads' outputs twice (5 d), pre-activations
  // and activations (2 m). Per token: the stream, its gradient and the layers' scratch (8 d, m). The logits of one
  // sweep.
  const auto d = static_cast<double>(c.width), m = static_cast<double>(c.mlp_width),
             vocabulary = static_cast<double>(c.vocabulary), blocks = static_cast<double>(c.blocks);
  const double kept = static_cast<double>(tokens) * (blocks * (9 * d + 2 * m) + 8 * d + m);
  const double logits = 256 * vocabulary;
  return sizeof(float) * (4 * parameter_count(c) + kept + logits);
}

void check_memory(const ModelConfig& config, Index tokens) {
  const double needed = training_bytes(config, tokens), present = memory_of_this_machine();
  if (needed > present)
    throw Error(
        fmt::format("this model needs about {:.1f} GB to train, {} tokens at a time, and the machine has {:.1f} "
                    "GB. Choose a smaller --preset or --micro-batch.",
                    needed / 1e9, tokens, present / 1e9));
}

}  // namespace sgtm
