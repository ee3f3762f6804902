#include "lab/experiments/attack_goals.hpp"

#include "lab/analysis/field_recall.hpp"

namespace sgtm {
namespace {

/// The attack's rate does not fall to 0 as training's does, so it comes to rest a little above the unfiltered model.
constexpr double back = 0.1, nearly_back = 0.5;  // nats above it

Goal whole_loss() {
  return loss_goal("loss", "the forget loss", back);
}

}  // namespace

std::vector<Goal> story_goals() {
  return {loss_goal("near-loss", "all but half a nat of the forget loss", nearly_back), whole_loss()};
}

std::vector<Goal> field_goals() {
  return {whole_loss(), recall_goal("half-recall", "half of the answers", 0.5),
          recall_goal("recall", "nine tenths of the answers", 0.9)};
}

}  // namespace sgtm
