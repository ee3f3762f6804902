#include "model/decoder.hpp"

#include <cassert>
#include <cmath>

#include "nn/gelu.hpp"
#include "nn/layer_norm.hpp"

namespace sgtm {

Decoder::Decoder(const ModelConfig& config, const Layout& layout, Flat<float>& parameters)
    : config_(config), layout_(layout), parameters_(parameters), cache_(layout.blocks.size()) {
  for (Cache& c : cache_) c.k.resize(config.context, config.width), c.v.resize(config.context, config.width);
}

void Decoder::read(int token) {
  assert(tokens_ < config_.context);
  stream_ = matrix(parameters_, layout_.embedding).row(token) + matrix(parameters_, layout_.position).row(tokens_);
  for (std::size_t i = 0; i < cache_.size(); ++i) {
    const BlockLayout& b = layout_.blocks[i];
    attention(i, norm(b.norm_1_gain, b.norm_1_bias));
    mlp(i, norm(b.norm_2_gain, b.norm_2_bias));
  }
  ++tokens_;
}

/// As layer_norm_forward, for one token: too little work for threads.
Row<float> Decoder::norm(const Tensor& gain, const Tensor& bias) {
  const auto centered = stream_.array() - stream_.mean();
  const float scale = 1 / std::sqrt(centered.square().mean() + static_cast<float>(layer_norm_epsilon));
  return centered * scale * row(parameters_, gain).array() + row(parameters_, bias).array();
}

/// As attention_forward, for the last token alone.
void Decoder::attention(std::size_t block, const Row<float>& x) {
  const AttentionView<float> p = attention_view(parameters_, layout_.blocks[block]);
  const AttentionShape shape = config_.attention_shape(static_cast<Index>(block));
  const Index d_h = config_.head_width(),
              first = shape.window == 0 ? 0 : std::max<Index>(0, tokens_ + 1 - shape.window),
              seen = tokens_ + 1 - first;
  Cache& cache = cache_[block];
  cache.k.row(tokens_) = x * p.w_k;
  cache.v.row(tokens_) = x * p.w_v;
  Row<float> q = x * p.w_q, out(config_.width);
  if (shape.scaled) q /= std::sqrt(static_cast<float>(d_h));
  for (Index h = 0; h < config_.heads; ++h) {
    Row<float> w = q.segment(h * d_h, d_h) * cache.k.block(first, h * d_h, seen, d_h).transpose();
    w = (w.array() - w.maxCoeff()).exp();
    out.segment(h * d_h, d_h) = w / w.sum() * cache.v.block(first, h * d_h, seen, d_h);
  }
  stream_ += out * p.w_o + p.b_o;
}

void Decoder::mlp(std::size_t block, const Row<float>& x) {
  const MlpView<float> p = mlp_view(parameters_, layout_.blocks[block]);
  Row<float> act = x * p.w_1 + p.b_1;
  by_lanes(act.data(), act.data(), act.size(), gelu<float>);
  stream_ += act * p.w_2 + p.b_2;
}

const Row<float>& Decoder::logits() {
  const Row<float> y = norm(layout_.norm_gain, layout_.norm_bias);
  logits_ = y * matrix(parameters_, layout_.embedding).transpose() + row(parameters_, layout_.output_bias);
  return logits_;
}

}  // namespace sgtm
