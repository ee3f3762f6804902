#pragma once

#include <vector>

#include "model/parameters.hpp"

namespace sgtm {

/// The forward pass one token at a time, for writing text: keys and values of the tokens before are kept, so that a new
/// token costs one pass over the parameters instead of one over the whole text. Every activation is kept.
class Decoder {
 public:
  Decoder(const ModelConfig& config, const Layout& layout, Flat<float>& parameters);

  /// Reads the next token; at most `context` of them until `clear`.
  void read(int token);
  /// Forgets the text.
  void clear() { tokens_ = 0; }
  Index tokens() const { return tokens_; }

  /// What comes next: one logit per token of the vocabulary. Needs a token read before.
  const Row<float>& logits();

 private:
  struct Cache {
    Matrix<float> k, v;  // context x width
  };
  void attention(std::size_t block, const Row<float>& x);
  void mlp(std::size_t block, const Row<float>& x);
  Row<float> norm(const Tensor& gain, const Tensor& bias);

  const ModelConfig& config_;
  const Layout& layout_;
  Flat<float>& parameters_;
  std::vector<Cache> cache_;
  Index tokens_ = 0;
  Row<float> stream_, logits_;
};

}  // namespace sgtm
