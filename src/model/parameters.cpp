#include "model/parameters.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/random.hpp"

namespace sgtm {

std::string name_in_block(const std::string& tensor) {
  return tensor.starts_with("block ") ? tensor.substr(tensor.find(' ', 6) + 1) : tensor;
}

Layout::Layout(const ModelConfig& c) {
  constexpr Index alignment = 16;  // floats in 64 bytes
  const auto place = [this](std::string name, Index rows, Index columns) {
    Tensor tensor{std::move(name), rows, columns, size};
    size += (rows * columns + alignment - 1) / alignment * alignment;
    return tensor;
  };
  embedding = place("embedding", c.vocabulary, c.width);
  position = place("position", c.context, c.width);
  for (Index i = 0; i < c.blocks; ++i) {
    const auto in_block = [&](const char* name, Index rows, Index columns) {
      return place(fmt::format("block {} {}", i, name), rows, columns);
    };
    BlockLayout b;
    b.norm_1_gain = in_block("norm_1 gain", 1, c.width);
    b.norm_1_bias = in_block("norm_1 bias", 1, c.width);
    b.w_q = in_block("W_Q", c.width, c.width);
    b.w_k = in_block("W_K", c.width, c.width);
    b.w_v = in_block("W_V", c.width, c.width);
    b.w_o = in_block("W_O", c.width, c.width);
    b.b_o = in_block("b_O", 1, c.width);
    b.norm_2_gain = in_block("norm_2 gain", 1, c.width);
    b.norm_2_bias = in_block("norm_2 bias", 1, c.width);
    b.w_1 = in_block("W_1", c.width, c.mlp_width);
    b.b_1 = in_block("b_1", 1, c.mlp_width);
    b.w_2 = in_block("W_2", c.mlp_width, c.width);
    b.b_2 = in_block("b_2", 1, c.width);
    blocks.push_back(std::move(b));
  }
  norm_gain = place("final norm gain", 1, c.width);
  norm_bias = place("final norm bias", 1, c.width);
  output_bias = place("output bias", 1, c.vocabulary);
}

std::vector<const Tensor*> Layout::tensors() const {
  std::vector<const Tensor*> all{&embedding, &position};
  for (const BlockLayout& b : blocks)
    all.insert(all.end(), {&b.norm_1_gain, &b.norm_1_bias, &b.w_q, &b.w_k, &b.w_v, &b.w_o, &b.b_o, &b.norm_2_gain,
                           &b.norm_2_bias, &b.w_1, &b.b_1, &b.w_2, &b.b_2});
  all.insert(all.end(), {&norm_gain, &norm_bias, &output_bias});
  return all;
}

Index Layout::parameters() const {
  Index count = 0;
  for (const Tensor* tensor : tensors()) count += tensor->size();
  return count;
}

template <class Real>
Flat<Real> initial_parameters(const ModelConfig& config, const Layout& layout, std::uint64_t seed) {
  Flat<Real> flat = Flat<Real>::Zero(layout.size);
  Random random(seed, "initial parameters");
  const auto normal = [&](const Tensor& t) {
    for (Index i = 0; i < t.size(); ++i) flat[t.offset + i] = static_cast<Real>(0.02 * random.normal());
  };
  const double bound = 1 / std::sqrt(static_cast<double>(config.width));
  const auto uniform = [&](const Tensor& t) {
    for (Index i = 0; i < t.size(); ++i) flat[t.offset + i] = static_cast<Real>(bound * (2 * random.uniform() - 1));
  };
  normal(layout.embedding), normal(layout.position);
  for (const BlockLayout& b : layout.blocks) {
    for (const Tensor* t : {&b.w_q, &b.w_k, &b.w_v, &b.w_1}) config.init == "normal" ? normal(*t) : uniform(*t);
    if (config.init == "reference") uniform(b.b_1);
    normal(b.w_o), normal(b.w_2);
    row(flat, b.norm_1_gain).setOnes(), row(flat, b.norm_2_gain).setOnes();
  }
  row(flat, layout.norm_gain).setOnes();
  return flat;
}

template Flat<float> initial_parameters(const ModelConfig&, const Layout&, std::uint64_t);
template Flat<double> initial_parameters(const ModelConfig&, const Layout&, std::uint64_t);

}  // namespace sgtm
