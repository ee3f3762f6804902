#include "verify/reference_model.hpp"

#include <cmath>
#include <numbers>

namespace sgtm {
namespace {

using M = Matrix<double>;

M layer_norm(const M& x, const Row<double>& gain, const Row<double>& bias) {
  M y(x.rows(), x.cols());
  for (Index t = 0; t < x.rows(); ++t) {
    const double mean = x.row(t).mean();
    const double variance = (x.row(t).array() - mean).square().mean();
    y.row(t) = (x.row(t).array() - mean) / std::sqrt(variance + 1e-5) * gain.array() + bias.array();
  }
  return y;
}

double gelu(double x) {
  return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
}

}  // namespace

Treatment treatment_of(const std::vector<specification::BlockFates>& fates) {
  using specification::Fate;
  Treatment treatment;
  for (const specification::BlockFates& block : fates) {
    BlockTreatment t;
    for (const Fate fate : block.heads) {
      t.head_masks.push_back(fate == Fate::zeroed ? 0 : 1);
      t.head_held.push_back(fate == Fate::held);
    }
    for (const Fate fate : block.units) {
      t.unit_masks.push_back(fate == Fate::zeroed ? 0 : 1);
      t.unit_held.push_back(fate == Fate::held);
    }
    treatment.push_back(std::move(t));
  }
  return treatment;
}

ReferenceModel::ReferenceModel(const ModelConfig& config, const Layout& layout, const Batch& batch)
    : config_(config), layout_(layout) {
  for (Index d = 0; d < batch.documents(); ++d) {
    const IndexRange range = batch.document(d);
    documents_.emplace_back(batch.tokens.begin() + range.begin, batch.tokens.begin() + range.end);
    predicted_ += static_cast<double>(range.size() - 2);
  }
  held_.assign(documents_.size(), std::vector<Held>(static_cast<std::size_t>(config.blocks)));
}

double ReferenceModel::loss(Flat<double>& parameters, const Treatment& treatment, bool recording) {
  double sum = 0;
  for (std::size_t d = 0; d < documents_.size(); ++d) sum += document_loss(parameters, d, treatment, recording);
  return sum / predicted_;
}

double ReferenceModel::document_loss(Flat<double>& p, std::size_t document, const Treatment& treatment,
                                     bool recording) {
  const std::vector<int>& tokens = documents_[document];
  const auto length = static_cast<Index>(tokens.size());
  const auto embedding = matrix(p, layout_.embedding), position = matrix(p, layout_.position);
  M stream(length, config_.width);
  for (Index t = 0; t < length; ++t)
    stream.row(t) = embedding.row(tokens[static_cast<std::size_t>(t)]) + position.row(t);
  for (std::size_t i = 0; i < layout_.blocks.size(); ++i) {
    const BlockLayout& b = layout_.blocks[i];
    Held& held = held_[document][i];
    stream += attention(p, i, layer_norm(stream, row(p, b.norm_1_gain), row(p, b.norm_1_bias)), treatment[i],
                        held.heads, recording);
    stream += mlp(p, i, layer_norm(stream, row(p, b.norm_2_gain), row(p, b.norm_2_bias)), treatment[i], held.units,
                  recording);
  }
  const M y = layer_norm(stream, row(p, layout_.norm_gain), row(p, layout_.norm_bias));
  double sum = 0;
  for (Index t = 0; t + 2 < length; ++t) {  // the end token is not predicted, and predicts nothing
    const Row<double> logits = y.row(t) * embedding.transpose() + row(p, layout_.output_bias);
    const double largest = logits.maxCoeff();
    sum += largest + std::log((logits.array() - largest).exp().sum()) - logits[tokens[static_cast<std::size_t>(t) + 1]];
  }
  return sum;
}

M ReferenceModel::attention(Flat<double>& p, std::size_t block, const M& x, const BlockTreatment& treatment, M& held,
                            bool recording) {
  const BlockLayout& b = layout_.blocks[block];
  const Index d_h = config_.width / config_.heads;
  const bool local = config_.attention[block % config_.attention.size()] == 'l';
  const double factor = config_.scaled_scores ? 1 / std::sqrt(static_cast<double>(d_h)) : 1;
  const M q = x * matrix(p, b.w_q), k = x * matrix(p, b.w_k), v = x * matrix(p, b.w_v);
  M out = M::Zero(x.rows(), x.cols());
  for (Index h = 0; h < config_.heads; ++h)
    for (Index i = 0; i < x.rows(); ++i) {
      const Index first = local ? std::max<Index>(0, i - config_.window + 1) : 0;
      const auto of_head = [&](const M& m, Index t) { return m.row(t).segment(h * d_h, d_h); };
      Row<double> w(i + 1 - first);
      for (Index j = first; j <= i; ++j) w[j - first] = factor * of_head(q, i).dot(of_head(k, j));
      w = (w.array() - w.maxCoeff()).exp();
      w /= w.sum();
      for (Index j = first; j <= i; ++j) out.row(i).segment(h * d_h, d_h) += w[j - first] * of_head(v, j);
    }
  if (recording) held = out;
  for (Index h = 0; h < config_.heads; ++h) {
    const auto at = static_cast<std::size_t>(h);
    if (treatment.head_held[at]) out.middleCols(h * d_h, d_h) = held.middleCols(h * d_h, d_h);
    out.middleCols(h * d_h, d_h) *= treatment.head_masks[at];
  }
  return (out * matrix(p, b.w_o)).rowwise() + row(p, b.b_o);
}

M ReferenceModel::mlp(Flat<double>& p, std::size_t block, const M& x, const BlockTreatment& treatment, M& held,
                      bool recording) {
  const BlockLayout& b = layout_.blocks[block];
  M pre = (x * matrix(p, b.w_1)).rowwise() + row(p, b.b_1);
  if (recording) held = pre;
  for (Index u = 0; u < config_.mlp_width; ++u) {
    const auto at = static_cast<std::size_t>(u);
    if (treatment.unit_held[at]) pre.col(u) = held.col(u);
    for (Index t = 0; t < x.rows(); ++t) pre(t, u) = treatment.unit_masks[at] * gelu(pre(t, u));
  }
  return (pre * matrix(p, b.w_2)).rowwise() + row(p, b.b_2);
}

}  // namespace sgtm
