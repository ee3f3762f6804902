#include "model/config.hpp"

#include <utility>

#include "core/error.hpp"
#include "core/machine.hpp"

namespace sgtm {

AttentionShape ModelConfig::attention_shape(Index block) const {
  const char kind = attention[static_cast<std::size_t>(block) % attention.size()];
  return {heads, kind == 'l' ? window : 0, scaled_scores};
}

double parameter_count(const ModelConfig& c) {
  const auto d = static_cast<double>(c.width), m = static_cast<double>(c.mlp_width),
             vocabulary = static_cast<double>(c.vocabulary), blocks = static_cast<double>(c.blocks);
  return (vocabulary + static_cast<double>(c.context)) * d + blocks * (4 * d * d + 2 * d * m + 6 * d + m) + 2 * d +
         vocabulary;
}

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

void check(const ModelConfig& c) {
  const std::pair<const char*, Index> sizes[] = {
      {"vocabulary", c.vocabulary}, {"context", c.context},     {"width", c.width},  {"blocks", c.blocks},
      {"heads", c.heads},           {"mlp-width", c.mlp_width}, {"window", c.window}};
  for (const auto& [name, size] : sizes)
    if (size < 1 || size > most_of_a_size)
      throw Error(fmt::format("--{} {}: must lie between 1 and {}.", name, size, most_of_a_size));
  if (c.blocks > most_blocks)
    throw Error(fmt::format("--blocks {}: must lie between 1 and {}.", c.blocks, most_blocks));
  if (c.width % c.heads != 0)
    throw Error(fmt::format("--heads {} do not divide --width {}: choose a width that is a multiple of the heads.",
                            c.heads, c.width));
  if (c.attention.empty() || c.attention.find_first_not_of("gl") != std::string::npos)
    throw Error(fmt::format("--attention \"{}\": one letter per block, g for global or l for local, as in \"gl\".",
                            c.attention));
  if (c.init != "normal" && c.init != "reference")
    throw Error(fmt::format("--init {}: must be normal or reference.", c.init));
  if (constexpr double most = 1e12; parameter_count(c) > most)
    throw Error(
        fmt::format("--width {} --blocks {}: make {:.1e} parameters; {:.0e} are the most. Choose smaller sizes.",
                    c.width, c.blocks, parameter_count(c), most));
  if (c.context < 3) throw Error("--context: must be at least 3, as a document needs two tokens and its end token.");
}

}  // namespace sgtm
