#pragma once

#include <functional>

#include "model/network.hpp"
#include "text/dataset.hpp"
#include "train/run_config.hpp"

namespace sgtm {

/// Looks at the parameters after so many steps, and so many forget tokens.
using RelearningLook = std::function<void(Index step, double forget_tokens)>;

/// Adversarial fine-tuning (Shilov et al. 2025, sec. 5.3): how soon does what was removed come back? All `parameters`
/// train on batches that are half forget, half retain, with the paper's AdamW (beta 0.9 and 0.95, decay 0.1), whatever
/// the trainer's was; the rate rises over `warmup` steps and stays. `look` is called at the beginning and after each
/// fiftieth of the steps.
void relearn(Network<float>& network, const Layout& layout, Flat<float>& parameters, const Dataset& data,
             const RelearningConfig& config, std::uint64_t seed, const RelearningLook& look);

}  // namespace sgtm
