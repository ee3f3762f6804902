#pragma once

#include "model/parameters.hpp"
#include "nn/layer_norm.hpp"
#include "nn/output_loss.hpp"

namespace sgtm {

/// Of one block: a factor for each head and each MLP unit.
template <class Real>
struct BlockMask {
  UnitMask<Real> heads, units;
};

/// Of every block: activation masks for the forward pass, stop-gradients for the backward pass.
template <class Real>
struct ActivationMasks {
  std::vector<BlockMask<Real>> forward, backward;
};

/// The derivative of the loss by every activation mask of one block: how much each head and unit matters.
template <class Real>
struct BlockMaskDerivative {
  Row<Real> heads, units;
};

/// Which parameter gradients are computed.
struct NetworkRequiresGrad {
  struct Block {
    RequiresGrad heads, units;
    bool norms = true;
  };
  std::vector<Block> blocks;
  bool embeddings = true;  // tokens and positions
};

NetworkRequiresGrad all_require_grad(const ModelConfig& config);

/// The transformer: stream = E[token] + P[place]; per block stream += Attn(LN(stream)), stream
/// += MLP(LN(stream)); logits = LN(stream) E^T + b. It knows masks of heads and units, and no word of forget or retain.
///
/// Memory for one batch is kept from call to call, so that training allocates nothing after its largest batch.
template <class Real>
class Network {
 public:
  Network(const ModelConfig& config, const Layout& layout);

  /// Every activation is kept, every gradient computed.
  const ActivationMasks<Real>& keep_all() const { return keep_all_; }
  const NetworkRequiresGrad& all_gradients() const { return all_; }

  /// Runs the batch up to the final layer norm and keeps what backward needs. Throws nothing: `batch` has been checked
  /// (tokens below the vocabulary, documents no longer than the context).
  void forward(Flat<Real>& parameters, const Batch& batch, const std::vector<BlockMask<Real>>& masks);

  /// Cross-entropy (nats) of every predicted token of the batch last run forward; 0 where nothing is predicted.
  RowMap<Real> token_losses(Flat<Real>& parameters);

  /// Their mean over the predicted tokens, every activation kept: forward and all.
  double mean_loss(Flat<Real>& parameters, const Batch& batch);

  /// Adds the gradient of (sum of token losses) / divisor for the batch last run forward, and returns that loss. The
  /// masks are those of the forward pass, and how gradients flow back through the units. Adds the derivative by the
  /// activation masks of what is computed to `mask_derivatives`, where given.
  double backward(Flat<Real>& parameters, const Batch& batch, const ActivationMasks<Real>& masks,
                  const NetworkRequiresGrad& requires_grad, Index divisor, Flat<Real>& gradient,
                  std::vector<BlockMaskDerivative<Real>>* mask_derivatives = nullptr);
  /// As backward, for a loss of the stream after block `last`, whose gradient `dstream` (tokens x width) is. Every
  /// activation is kept.
  void backward_from(Flat<Real>& parameters, const Batch& batch, Index last, const Matrix<Real>& dstream,
                     const NetworkRequiresGrad& requires_grad, Flat<Real>& gradient);
  /// Zeros to add those derivatives to.
  std::vector<BlockMaskDerivative<Real>> no_mask_derivatives() const;

  /// As backward, for the output bias alone.
  double backward_output_bias(Flat<Real>& parameters, Index divisor, Flat<Real>& gradient);

  /// Per layer, tokens x width: what goes into block i, and at i = blocks the final layer norm's output. Kept only
  /// after `keep_hidden`.
  const std::vector<Matrix<Real>>& hidden() const { return hidden_; }
  void keep_hidden(bool keep) { keep_hidden_ = keep; }
  /// Tokens x width: the stream as it leaves a block, of the batch last run forward, after `keep_hidden`.
  Matrix<Real> stream_after(Index block) const {
    return block + 1 < config_.blocks ? hidden_[static_cast<std::size_t>(block + 1)] : Matrix<Real>(stream_);
  }

  /// What a block's heads put out, and its units, masks applied, in the batch last run forward: what W_O (tokens x
  /// width) and W_2 (tokens x units) read. Columns of what is not computed are not filled.
  const MatrixMap<Real>& head_outputs(std::size_t block) const { return saved_[block].attention.masked; }
  const MatrixMap<Real>& unit_activations(std::size_t block) const { return saved_[block].mlp.act; }

  /// Logits of the tokens first ... first + rows - 1 of the batch last run forward.
  void logits(Flat<Real>& parameters, Index first, MatrixRef<Real> logits) const;

  /// Makes room for batches of so many tokens.
  void reserve(Index tokens) { reshape(tokens); }

 private:
  struct SavedBlock {
    SavedLayerNorm<Real> norm_1, norm_2;
    Buffer<Real> attention_input, mlp_input;  // outputs of the layer norms
    SavedAttention<Real> attention;
    SavedMlp<Real> mlp;
  };
  void reshape(Index tokens);
  void backward_block(std::size_t i, Flat<Real>& parameters, const Batch& batch, const ActivationMasks<Real>& masks,
                      const NetworkRequiresGrad::Block& requires_grad, Flat<Real>& gradient,
                      std::vector<BlockMaskDerivative<Real>>* mask_derivatives);

  const ModelConfig& config_;
  const Layout& layout_;
  ActivationMasks<Real> keep_all_;
  NetworkRequiresGrad all_;
  std::vector<int> targets_;  // of the batch last run forward
  std::vector<SavedBlock> saved_;
  SavedLayerNorm<Real> final_norm_;
  Buffer<Real> stream_, output_;          // tokens x width
  Buffer<Real> dstream_, dinput_, dpre_;  // gradients of the stream, of a layer's input, of pre-activations
  AttentionScratch<Real> attention_scratch_;
  OutputLoss<Real> output_loss_;
  Buffer<Real> loss_;  // 1 x tokens
  bool keep_hidden_ = false;
  std::vector<Matrix<Real>> hidden_;
};

}  // namespace sgtm
