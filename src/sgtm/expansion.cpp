#include "sgtm/expansion.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace sgtm {
namespace {

/// Each tensor's first rows and columns, as many as both models have.
void copy_common(const Layout& from, const Flat<float>& parameters, const Layout& to, Flat<float>& copy) {
  const auto sources = from.tensors(), targets = to.tensors();
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const Tensor &s = *sources[i], &t = *targets[i];
    const Index rows = std::min(s.rows, t.rows), columns = std::min(s.columns, t.columns);
    const Eigen::Map<const Matrix<float>> source(parameters.data() + s.offset, s.rows, s.columns);
    matrix(copy, t).topLeftCorner(rows, columns) = source.topLeftCorner(rows, columns);
  }
}

}  // namespace

Flat<float> with_units(const ModelConfig& config, const Flat<float>& parameters, Index units, std::uint64_t seed) {
  ModelConfig larger = config;
  larger.mlp_width += units;
  check(larger);
  const Layout layout(larger);
  Flat<float> expanded = initial_parameters<float>(larger, layout, seed);
  for (const BlockLayout& b : layout.blocks) matrix(expanded, b.w_2).bottomRows(units).setZero();
  copy_common(Layout(config), parameters, layout, expanded);
  return expanded;
}

ModelConfig config_without_units(const ModelConfig& config, const SplitConfig& split) {
  if (split.forget_heads > 0)
    throw Error(fmt::format(
        "--shrink: {} heads of each block are forget, and GPT-Neo's heads can't be taken out. Leave out --shrink.",
        split.forget_heads));
  if (!split.masked_blocks.empty())
    throw Error("--shrink: only some blocks are split, and GPT-Neo's blocks are of one width. Leave out --shrink.");
  ModelConfig smaller = config;
  smaller.mlp_width -= split.forget_units;
  check(smaller);
  return smaller;
}

Flat<float> without_units(const ModelConfig& config, const SplitConfig& split, const Flat<float>& parameters) {
  const Layout layout(config_without_units(config, split));
  Flat<float> kept = Flat<float>::Zero(layout.size);
  copy_common(Layout(config), parameters, layout, kept);
  return kept;
}

}  // namespace sgtm
