#pragma once

#include "model/config.hpp"

namespace sgtm {

/// The bytes that training in float takes, about: parameters, gradients, two moments, and what forward keeps of
/// `tokens` tokens that go through the network at once.
double training_bytes(const ModelConfig& config, Index tokens);

/// Throws Error where that is more than this machine has.
void check_memory(const ModelConfig& config, Index tokens);

}  // namespace sgtm
