#pragma once

#include "model/parameters.hpp"
#include "text/tokenizer.hpp"

namespace sgtm {

struct SamplingConfig {
  Index tokens = 60;
  double temperature = 0.7;  // 0: always the likeliest token
  int top_k = 0;             // only the k likeliest tokens; 0: all
  std::uint64_t seed = 1;
};

/// Continues a prompt token by token; returns the continuation. The end token is never drawn, as it is never trained.
/// Where the text outgrows the context the model begins again with the younger half of it. Throws Error for an empty
/// prompt or impossible settings.
std::string sample(const ModelConfig& model, Flat<float>& parameters, const Tokenizer& tokenizer,
                   const std::string& prompt, const SamplingConfig& config);

}  // namespace sgtm
