#include "model/network.hpp"

#include "nn/embedding.hpp"

namespace sgtm {

template <class Real>
Network<Real>::Network(const ModelConfig& config, const Layout& layout)
    : config_(config), layout_(layout), tape_(static_cast<std::size_t>(config.blocks)) {
  for (Index i = 0; i < config.blocks; ++i) {
    const BlockGate<Real> open{open_gate<Real>(config.heads), open_gate<Real>(config.mlp_width)};
    open_.forward.push_back(open);
    open_.backward.push_back(open);
    const Span heads{0, config.heads}, units{0, config.mlp_width};
    all_.blocks.push_back({{heads, heads}, {units, units}});
  }
}

template <class Real>
void Network<Real>::reshape(Index tokens) {
  const Index width = config_.width;
  for (Buffer<Real>* m : {&stream_, &output_, &dstream_, &dlayer_}) m->reshape(tokens, width);
  dpre_.reshape(tokens, config_.mlp_width);
  attention_scratch_.reshape(tokens, width);
  final_norm_.reshape(tokens, width);
  loss_.reshape(1, tokens);
  for (BlockTape& tape : tape_) {
    tape.norm_1.reshape(tokens, width), tape.norm_2.reshape(tokens, width);
    tape.attention_input.reshape(tokens, width), tape.mlp_input.reshape(tokens, width);
    tape.attention.reshape(tokens, width, config_.heads);
    tape.mlp.reshape(tokens, config_.mlp_width);
  }
}

template <class Real>
void Network<Real>::forward(Flat<Real>& parameters, const Batch& batch, const std::vector<BlockGate<Real>>& gates) {
  reshape(batch.size());
  find_targets(batch, targets_);
  hidden_.clear();
  embedding_forward<Real>(batch, matrix(parameters, layout_.embedding), matrix(parameters, layout_.position), stream_);
  for (std::size_t i = 0; i < tape_.size(); ++i) {
    const BlockLayout& block = layout_.blocks[i];
    BlockTape& tape = tape_[i];
    if (keep_hidden_) hidden_.push_back(stream_);
    layer_norm_forward<Real>(stream_, row(parameters, block.norm_1_gain), row(parameters, block.norm_1_bias),
                             tape.attention_input, tape.norm_1);
    attention_forward<Real>(batch, tape.attention_input, config_.attention_shape(static_cast<Index>(i)),
                            attention_view(parameters, block), gates[i].heads, stream_, tape.attention);
    layer_norm_forward<Real>(stream_, row(parameters, block.norm_2_gain), row(parameters, block.norm_2_bias),
                             tape.mlp_input, tape.norm_2);
    mlp_forward<Real>(tape.mlp_input, mlp_view(parameters, block), gates[i].units, stream_, tape.mlp);
  }
  layer_norm_forward<Real>(stream_, row(parameters, layout_.norm_gain), row(parameters, layout_.norm_bias), output_,
                           final_norm_);
  if (keep_hidden_) hidden_.push_back(output_);
}

template <class Real>
double Network<Real>::backward(Flat<Real>& parameters, const Batch& batch, const Gates<Real>& gates,
                               const WantedGradients& wanted, Index divisor, Flat<Real>& gradient,
                               std::vector<BlockGateSlope<Real>>* gate_slopes) {
  loss_.setZero();
  output_loss_.backward(output_, matrix(parameters, layout_.embedding), row(parameters, layout_.output_bias), targets_,
                        static_cast<Real>(divisor), loss_.row(0), dlayer_, matrix(gradient, layout_.embedding),
                        row(gradient, layout_.output_bias), wanted.embeddings);
  dstream_.setZero();
  layer_norm_backward_input<Real>(dlayer_, row(parameters, layout_.norm_gain), final_norm_, dstream_);
  layer_norm_backward_weight<Real>(dlayer_, final_norm_, row(gradient, layout_.norm_gain),
                                   row(gradient, layout_.norm_bias));
  for (std::size_t i = tape_.size(); i-- > 0;)
    backward_block(i, parameters, batch, gates, wanted.blocks[i], gradient, gate_slopes);
  if (wanted.embeddings)
    embedding_backward<Real>(batch, dstream_, matrix(gradient, layout_.embedding), matrix(gradient, layout_.position));
  return loss_.template cast<double>().sum() / static_cast<double>(divisor);
}

template <class Real>
void Network<Real>::backward_block(std::size_t i, Flat<Real>& parameters, const Batch& batch, const Gates<Real>& gates,
                                   const WantedGradients::Block& want, Flat<Real>& gradient,
                                   std::vector<BlockGateSlope<Real>>* gate_slopes) {
  const BlockLayout& block = layout_.blocks[i];
  const BlockTape& tape = tape_[i];
  if (gate_slopes != nullptr)
    mlp_backward_gate<Real>(dstream_, mlp_view(parameters, block), gates.forward[i].units, tape.mlp, dpre_,
                            (*gate_slopes)[i].units);
  mlp_backward<Real>(dstream_, tape.mlp_input, mlp_view(parameters, block), gates.forward[i].units,
                     gates.backward[i].units, tape.mlp, want.units, dpre_, dlayer_, mlp_view(gradient, block));
  layer_norm_backward_input<Real>(dlayer_, row(parameters, block.norm_2_gain), tape.norm_2, dstream_);
  if (want.norms)
    layer_norm_backward_weight<Real>(dlayer_, tape.norm_2, row(gradient, block.norm_2_gain),
                                     row(gradient, block.norm_2_bias));
  if (gate_slopes != nullptr)
    attention_backward_gate<Real>(dstream_, config_.attention_shape(static_cast<Index>(i)),
                                  attention_view(parameters, block), gates.forward[i].heads, tape.attention,
                                  attention_scratch_, (*gate_slopes)[i].heads);
  attention_backward<Real>(batch, dstream_, tape.attention_input, config_.attention_shape(static_cast<Index>(i)),
                           attention_view(parameters, block), gates.forward[i].heads, gates.backward[i].heads,
                           tape.attention, want.heads, attention_scratch_, dlayer_, attention_view(gradient, block));
  layer_norm_backward_input<Real>(dlayer_, row(parameters, block.norm_1_gain), tape.norm_1, dstream_);
  if (want.norms)
    layer_norm_backward_weight<Real>(dlayer_, tape.norm_1, row(gradient, block.norm_1_gain),
                                     row(gradient, block.norm_1_bias));
}

template <class Real>
void Network<Real>::backward_from(Flat<Real>& parameters, const Batch& batch, Index last, const Matrix<Real>& dstream,
                                  const WantedGradients& wanted, Flat<Real>& gradient) {
  static_cast<MatrixMap<Real>&>(dstream_) = dstream;
  for (auto i = static_cast<std::size_t>(last) + 1; i-- > 0;)
    backward_block(i, parameters, batch, open_, wanted.blocks[i], gradient, nullptr);
  if (wanted.embeddings)
    embedding_backward<Real>(batch, dstream_, matrix(gradient, layout_.embedding), matrix(gradient, layout_.position));
}

template <class Real>
std::vector<BlockGateSlope<Real>> Network<Real>::no_gate_slopes() const {
  return {tape_.size(), {Row<Real>::Zero(config_.heads), Row<Real>::Zero(config_.mlp_width)}};
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
  forward(parameters, batch, open_.forward);
  return token_losses(parameters).template cast<double>().sum() / static_cast<double>(predicted_tokens(batch));
}

template <class Real>
void Network<Real>::logits(Flat<Real>& parameters, Index first, MatrixRef<Real> logits) const {
  OutputLoss<Real>::logits(output_.middleRows(first, logits.rows()), matrix(parameters, layout_.embedding),
                           row(parameters, layout_.output_bias), logits);
}

template class Network<float>;
template class Network<double>;

void find_targets(const Batch& batch, std::vector<int>& targets) {
  targets.assign(batch.tokens.size(), no_target);
  for (Index d = 0; d < batch.documents(); ++d) {
    const auto [begin, end] = batch.document(d);
    for (Index t = begin; t + 2 < end; ++t)
      targets[static_cast<std::size_t>(t)] = batch.tokens[static_cast<std::size_t>(t + 1)];
  }
}

Index predicted_tokens(const Batch& batch) {
  return batch.size() - 2 * batch.documents();  // neither the first token of a document nor its end token
}

}  // namespace sgtm
