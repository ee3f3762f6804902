#pragma once

#include <string>

#include "nn/attention.hpp"

namespace sgtm {

/// The architecture: GPT-Neo. No word of forget or retain.
struct ModelConfig {
  Index vocabulary = 2048;
  Index context = 256;
  Index width = 64;       // d
  Index blocks = 2;       // L
  Index heads = 8;        // h
  Index mlp_width = 256;  // m
  Index window = 256;     // of local attention
  /// One letter per block, repeated: "gl" alternates global and local attention.
  std::string attention = "gl";
  bool scaled_scores = false;
  /// How weights start. "normal": N(0, 0.02) for every weight, 0 for biases. "reference": the same, but W_Q, W_K, W_V,
  /// W_1 and b_1 from U(-1/sqrt(d), 1/sqrt(d)), as in the authors' code, whose split layers keep PyTorch's default.
  std::string init = "normal";

  bool operator==(const ModelConfig&) const = default;
  Index head_width() const { return width / heads; }
  AttentionShape attention_shape(Index block) const;
};

inline constexpr Index most_of_a_size = 1 << 24;  // of vocabulary, width and so on
inline constexpr Index most_blocks = 4096;

/// How many parameters the model has; in floating point, as an impossible shape may have more than Index counts.
double parameter_count(const ModelConfig& config);

/// The bytes that training in float takes, about: parameters, gradients, two moments, and what forward keeps of
/// `tokens` tokens that go through the network at once.
double training_bytes(const ModelConfig& config, Index tokens);

/// Throws Error where that is more than this machine has.
void check_memory(const ModelConfig& config, Index tokens);

/// Throws Error for an impossible shape, naming the setting.
void check(const ModelConfig& config);

}  // namespace sgtm
