#pragma once

#include <vector>

#include "model/parameters.hpp"
#include "nn/batch.hpp"
#include "verify/specification.hpp"

namespace sgtm {

/// How a block's heads and units are treated. A held one is replaced by the number that was recorded for it before the
/// parameters were moved; then each is multiplied by its mask, any real number.
struct BlockTreatment {
  std::vector<double> head_masks, unit_masks;
  std::vector<bool> head_held, unit_held;
  bool operator==(const BlockTreatment&) const = default;
};
using Treatment = std::vector<BlockTreatment>;

Treatment treatment_of(const std::vector<specification::BlockFates>& fates);

/// GPT-Neo once more, in the plainest way: one document after the other, one equation per line, no backward pass, and
/// no code in common with src/nn and src/model/network. What the hand-written backward pass computes is the derivative
/// of this loss, where stopped activations are held at their recorded values.
class ReferenceModel {
 public:
  ReferenceModel(const ModelConfig& config, const Layout& layout, const Batch& batch);

  /// Mean cross-entropy (nats) over the predicted tokens of the batch. `recording` keeps every unit's pre-activation
  /// and every head's output, to be held later.
  double loss(Flat<double>& parameters, const Treatment& treatment, bool recording = false);

 private:
  using M = Matrix<double>;
  double document_loss(Flat<double>& p, std::size_t document, const Treatment& treatment, bool recording);
  M attention(Flat<double>& p, std::size_t block, const M& x, const BlockTreatment& treatment, M& held, bool recording);
  M mlp(Flat<double>& p, std::size_t block, const M& x, const BlockTreatment& treatment, M& held, bool recording);

  ModelConfig config_;
  const Layout& layout_;
  std::vector<std::vector<int>> documents_;
  double predicted_ = 0;
  struct Held {
    M heads, units;  // tokens x width, tokens x units
  };
  std::vector<std::vector<Held>> held_;  // by document and block
};

}  // namespace sgtm
