#include "model/network.hpp"

#include "nn/embedding.hpp"

namespace sgtm {

NetworkRequiresGrad all_require_grad(const ModelConfig& config) {
  const IndexRange heads{0, config.heads}, units{0, config.mlp_width};
  NetworkRequiresGrad all;
  all.blocks.assign(static_cast<std::size_t>(config.blocks), {{heads, heads}, {units, units}});
  return all;
}

template <class Real>
Network<Real>::Network(const ModelConfig& config, const Layout& layout)
    : config_(config),
      layout_(layout),
      all_(all_require_grad(config)),
      saved_(static_cast<std::size_t>(config.blocks)) {
  const BlockMask<Real> keep{sgtm::keep_all<Real>(config.heads), sgtm::keep_all<Real>(config.mlp_width)};
  keep_all_.forward.assign(saved_.size(), keep);
  keep_all_.backward = keep_all_.forward;
}

template <class Real>
void Network<Real>::reshape(Index tokens) {
  const Index width = config_.width;
  for (Buffer<Real>* m : {&stream_, &output_, &dstream_, &dinput_}) m->reshape(tokens, width);
  dpre_.reshape(tokens, config_.mlp_width);
  attention_scratch_.reshape(tokens, width);
  final_norm_.reshape(tokens, width);
  loss_.reshape(1, tokens);
  for (SavedBlock& saved : saved_) {
    saved.norm_1.reshape(tokens, width), saved.norm_2.reshape(tokens, width);
    saved.attention_input.reshape(tokens, width), saved.mlp_input.reshape(tokens, width);
    saved.attention.reshape(tokens, width, config_.heads);
    saved.mlp.reshape(tokens, config_.mlp_width);
  }
}

template <class Real>
void Network<Real>::forward(Flat<Real>& parameters, const Batch& batch, const std::vector<BlockMask<Real>>& masks) {
  reshape(batch.size());
  find_targets(batch, targets_);
  hidden_.clear();
  embedding_forward<Real>(batch, matrix(parameters, layout_.embedding), matrix(parameters, layout_.position), stream_);
  for (std::size_t i = 0; i < saved_.size(); ++i) {
    const BlockLayout& block = layout_.blocks[i];
    SavedBlock& saved = saved_[i];
    if (keep_hidden_) hidden_.push_back(stream_);
    layer_norm_forward<Real>(stream_, row(parameters, block.norm_1_gain), row(parameters, block.norm_1_bias),
                             saved.attention_input, saved.norm_1);
    attention_forward<Real>(batch, saved.attention_input, config_.attention_shape(static_cast<Index>(i)),
                            attention_view(parameters, block), masks[i].heads, stream_, saved.attention);
    layer_norm_forward<Real>(stream_, row(parameters, block.norm_2_gain), row(parameters, block.norm_2_bias),
                             saved.mlp_input, saved.norm_2);
    mlp_forward<Real>(saved.mlp_input, mlp_view(parameters, block), masks[i].units, stream_, saved.mlp);
  }
  layer_norm_forward<Real>(stream_, row(parameters, layout_.norm_gain), row(parameters, layout_.norm_bias), output_,
                           final_norm_);
  if (keep_hidden_) hidden_.push_back(output_);
}

template <class Real>
double Network<Real>::backward(Flat<Real>& parameters, const Batch& batch, const ActivationMasks<Real>& masks,
                               const NetworkRequiresGrad& requires_grad, Index divisor, Flat<Real>& gradient,
                               std::vector<BlockMaskDerivative<Real>>* mask_derivatives) {
  loss_.setZero();
  output_loss_.backward(output_, matrix(parameters, layout_.embedding), row(parameters, layout_.output_bias), targets_,
                        static_cast<Real>(divisor), loss_.row(0), dinput_, matrix(gradient, layout_.embedding),
                        row(gradient, layout_.output_bias), requires_grad.embeddings);
  dstream_.setZero();
  add_layer_norm_backward_input<Real>(dinput_, row(parameters, layout_.norm_gain), final_norm_, dstream_);
  layer_norm_backward_weight<Real>(dinput_, final_norm_, row(gradient, layout_.norm_gain),
                                   row(gradient, layout_.norm_bias));
  for (std::size_t i = saved_.size(); i-- > 0;)
    backward_block(i, parameters, batch, masks, requires_grad.blocks[i], gradient, mask_derivatives);
  if (requires_grad.embeddings)
    embedding_backward<Real>(batch, dstream_, matrix(gradient, layout_.embedding), matrix(gradient, layout_.position));
  return loss_.template cast<double>().sum() / static_cast<double>(divisor);
}

template <class Real>
void Network<Real>::backward_block(std::size_t i, Flat<Real>& parameters, const Batch& batch,
                                   const ActivationMasks<Real>& masks, const NetworkRequiresGrad::Block& requires_grad,
                                   Flat<Real>& gradient, std::vector<BlockMaskDerivative<Real>>* mask_derivatives) {
  const BlockLayout& block = layout_.blocks[i];
  const SavedBlock& saved = saved_[i];
  if (mask_derivatives != nullptr)
    mlp_backward_mask<Real>(dstream_, mlp_view(parameters, block), masks.forward[i].units, saved.mlp, dpre_,
                            (*mask_derivatives)[i].units);
  mlp_backward<Real>(dstream_, saved.mlp_input, mlp_view(parameters, block), masks.forward[i].units,
                     masks.backward[i].units, saved.mlp, requires_grad.units, dpre_, dinput_,
                     mlp_view(gradient, block));
  add_layer_norm_backward_input<Real>(dinput_, row(parameters, block.norm_2_gain), saved.norm_2, dstream_);
  if (requires_grad.norms)
    layer_norm_backward_weight<Real>(dinput_, saved.norm_2, row(gradient, block.norm_2_gain),
                                     row(gradient, block.norm_2_bias));
  if (mask_derivatives != nullptr)
    attention_backward_mask<Real>(dstream_, config_.attention_shape(static_cast<Index>(i)),
                                  attention_view(parameters, block), masks.forward[i].heads, saved.attention,
                                  attention_scratch_, (*mask_derivatives)[i].heads);
  attention_backward<Real>(batch, dstream_, saved.attention_input, config_.attention_shape(static_cast<Index>(i)),
                           attention_view(parameters, block), masks.forward[i].heads, masks.backward[i].heads,
                           saved.attention, requires_grad.heads, attention_scratch_, dinput_,
                           attention_view(gradient, block));
  add_layer_norm_backward_input<Real>(dinput_, row(parameters, block.norm_1_gain), saved.norm_1, dstream_);
  if (requires_grad.norms)
    layer_norm_backward_weight<Real>(dinput_, saved.norm_1, row(gradient, block.norm_1_gain),
                                     row(gradient, block.norm_1_bias));
}

template <class Real>
void Network<Real>::backward_from(Flat<Real>& parameters, const Batch& batch, Index last, const Matrix<Real>& dstream,
                                  const NetworkRequiresGrad& requires_grad, Flat<Real>& gradient) {
  static_cast<MatrixMap<Real>&>(dstream_) = dstream;
  for (auto i = static_cast<std::size_t>(last) + 1; i-- > 0;)
    backward_block(i, parameters, batch, keep_all_, requires_grad.blocks[i], gradient, nullptr);
  if (requires_grad.embeddings)
    embedding_backward<Real>(batch, dstream_, matrix(gradient, layout_.embedding), matrix(gradient, layout_.position));
}

template <class Real>
std::vector<BlockMaskDerivative<Real>> Network<Real>::no_mask_derivatives() const {
  return {saved_.size(), {Row<Real>::Zero(config_.heads), Row<Real>::Zero(config_.mlp_width)}};
}

template <class Real>
double Network<Real>::backward_output_bias(Flat<Real>& parameters, Index divisor, Flat<Real>& gradient) {
  loss_.setZero();
  output_loss_.backward_bias(output_, matrix(parameters, layout_.embedding), row(parameters, layout_.output_bias),
                             targets_, static_cast<Real>(divisor), loss_.row(0), row(gradient, layout_.output_bias));
  return loss_.template cast<double>().sum() / static_cast<double>(divisor);
}

template <class Real>
RowMap<Real> Network<Real>::token_losses(Flat<Real>& parameters) {
  loss_.setZero();
  output_loss_.forward(output_, matrix(parameters, layout_.embedding), row(parameters, layout_.output_bias), targets_,
                       loss_.row(0));
  return {loss_.data(), loss_.cols()};
}

template <class Real>
double Network<Real>::mean_loss(Flat<Real>& parameters, const Batch& batch) {
  forward(parameters, batch, keep_all_.forward);
  return token_losses(parameters).template cast<double>().sum() / static_cast<double>(predicted_tokens(batch));
}

template <class Real>
void Network<Real>::logits(Flat<Real>& parameters, Index first, MatrixRef<Real> logits) const {
  OutputLoss<Real>::logits(output_.middleRows(first, logits.rows()), matrix(parameters, layout_.embedding),
                           row(parameters, layout_.output_bias), logits);
}

template class Network<float>;
template class Network<double>;

}  // namespace sgtm
