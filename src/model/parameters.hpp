#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/config.hpp"
#include "nn/mlp.hpp"

namespace sgtm {

/// One array that holds every parameter, or one gradient or moment per parameter.
template <class Real>
using Flat = Eigen::Array<Real, Eigen::Dynamic, 1>;

/// A tensor's place in the array. Biases and gains have one row.
struct Tensor {
  std::string name;  // the paper's, as in "block 2 W_Q"
  Index rows, columns;
  Index offset;
  Index size() const { return rows * columns; }
};

/// "W_Q" of "block 2 W_Q"; the whole name where it is of no block.
std::string name_in_block(const std::string& tensor);

/// The tensors of one block, in the order of their use.
struct BlockLayout {
  Tensor norm_1_gain, norm_1_bias, w_q, w_k, w_v, w_o, b_o;
  Tensor norm_2_gain, norm_2_bias, w_1, b_1, w_2, b_2;
};

/// Where everything lies. Tensors start at multiples of 64 bytes; the gaps hold zeros, which every loop over the whole
/// array leaves at zero.
struct Layout {
  explicit Layout(const ModelConfig& config);

  Tensor embedding, position;  // tied to the output layer; vocabulary x width and context x width
  std::vector<BlockLayout> blocks;
  Tensor norm_gain, norm_bias;  // of the final layer norm
  Tensor output_bias;
  Index size = 0;

  /// Every tensor, in order.
  std::vector<const Tensor*> tensors() const;
  Index parameters() const;
};

template <class Real>
MatrixMap<Real> matrix(Flat<Real>& flat, const Tensor& t) {
  return {flat.data() + t.offset, t.rows, t.columns};
}
template <class Real>
RowMap<Real> row(Flat<Real>& flat, const Tensor& t) {
  return {flat.data() + t.offset, t.columns};
}
template <class Real>
AttentionView<Real> attention_view(Flat<Real>& flat, const BlockLayout& b) {
  return {matrix(flat, b.w_q), matrix(flat, b.w_k), matrix(flat, b.w_v), matrix(flat, b.w_o), row(flat, b.b_o)};
}
template <class Real>
MlpView<Real> mlp_view(Flat<Real>& flat, const BlockLayout& b) {
  return {matrix(flat, b.w_1), row(flat, b.b_1), matrix(flat, b.w_2), row(flat, b.b_2)};
}

/// Start parameters, a function of the configuration and the seed.
template <class Real>
Flat<Real> initial_parameters(const ModelConfig& config, const Layout& layout, std::uint64_t seed);

}  // namespace sgtm
