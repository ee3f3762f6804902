#include "model/config.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/error.hpp"

namespace sgtm {

AttentionShape ModelConfig::attention_shape(Index block) const {
  const char kind = attention[static_cast<std::size_t>(block) % attention.size()];
  return {heads, kind == 'l' ? window : 0, scaled_scores};
}

void check(const ModelConfig& c) {
  const std::pair<const char*, Index> sizes[] = {
      {"vocabulary", c.vocabulary}, {"context", c.context},     {"width", c.width},  {"blocks", c.blocks},
      {"heads", c.heads},           {"mlp-width", c.mlp_width}, {"window", c.window}};
  for (const auto& [name, size] : sizes)
    if (size < 1 || size > 1 << 24)
      throw Error(fmt::format("--{} {}: must lie between 1 and {}.", name, size, 1 << 24));
  if (c.width % c.heads != 0)
    throw Error(fmt::format("--heads {} do not divide --width {}: choose a width that is a multiple of the heads.",
                            c.heads, c.width));
  if (c.attention.empty() || c.attention.find_first_not_of("gl") != std::string::npos)
    throw Error(fmt::format("--attention \"{}\": one letter per block, g for global or l for local, as in \"gl\".",
                            c.attention));
  if (c.init != "normal" && c.init != "reference")
    throw Error(fmt::format("--init {}: must be normal or reference.", c.init));
  if (c.context < 3) throw Error("--context: must be at least 3, as a document needs two tokens and its end token.");
}

}  // namespace sgtm
