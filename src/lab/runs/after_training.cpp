#include "lab/runs/after_training.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/error.hpp"
#include "core/machine.hpp"
#include "eval/calibration.hpp"
#include "eval/losses.hpp"
#include "eval/recall.hpp"
#include "eval/relearning.hpp"
#include "eval/rmu.hpp"
#include "sgtm/ablation.hpp"

namespace sgtm {
namespace {

BySource by_name(const Losses& losses) {
  BySource named;
  for (const auto& [source, loss] : losses) named[name(source)] = loss;
  return named;
}

/// Throws Error where a loss is no longer a number, naming the rate that was too high.
void check_finite(double loss, const char* what, const char* rate) {
  if (!std::isfinite(loss))
    throw Error(fmt::format("the loss {} is no longer a finite number. Try again with a smaller {}.", what, rate));
}

/// A trained model on its way through all that comes after training.
class Ending {
 public:
  Ending(Trainer& trainer, const RunConfig& config, const Dataset& data, const Tokenizer& tokenizer,
         const Questions& questions)
      : trainer_(trainer), config_(config), data_(data), tokenizer_(tokenizer), questions_(questions) {}

  RunResult operator()(Course& course) {
    RunResult result;
    Flat<float> parameters = trainer_.parameters();
    evaluate(parameters, "trained", result);
    remove_forget(parameters);
    if (splits() || config_.unlearn != "none") evaluate(parameters, "ablated", result);
    result.relearning = attack(parameters);
    if (config_.calibration_steps > 0) {
      calibrate(trainer_.network(), config_.model, parameters, data_, calibration_of(config_), config_.seed);
      evaluate(parameters, "calibrated", result);
    }
    course.end(result.losses);
    result.evaluations = course.losses(), result.gradients = course.gradients();
    result.floor = floors();
    result.token_losses.bin = loss_bin;
    for (const auto& [source, file] : data_.held_out()) {
      const LossHistogram counts = loss_histogram(trainer_.network(), config_.model, parameters, *file);
      result.token_losses.counts[source].assign(counts.begin(), counts.end());
    }
    tell_of_training(result);
    result.threads = threads_in_use(), result.seed = config_.seed, result.settings = config_;
    result.data = fs::absolute(data_.path).string();
    result.version = version(), result.numerics = numerics_version, result.machine = this_machine();
    return result;
  }

 private:
  /// Held-out losses and, where the data has questions, what is known of its facts.
  void evaluate(Flat<float>& parameters, const char* state, RunResult& result) {
    const Losses found = held_out_losses(trainer_.network(), config_.model, parameters, data_);
    const bool unlearned = config_.unlearn != "none" && state != std::string("trained");
    for (const auto& [source, loss] : found)
      check_finite(loss, unlearned ? "after unlearning" : "on held-out documents",
                   unlearned ? "--rmu-rate" : "--learning-rate");
    result.losses[state] = by_name(found);
    if (!questions_.questions.empty())
      result.recall[state] =
          recall(questions_, answers(trainer_.network(), config_.model, parameters, tokenizer_, questions_));
  }

  bool splits() const { return strategy_named(config_.strategy).splits; }

  /// What is left of the forget data goes: by ablation, or by unlearning.
  void remove_forget(Flat<float>& parameters) {
    if (splits()) ablate(parameters, trainer_.partition());
    if (config_.unlearn == "rmu")
      unlearn(trainer_.network(), trainer_.layout(), parameters, data_, config_.rmu, config_.seed);
  }

  /// The relearning attack on a copy. Where there are questions, every other look asks what it recalls.
  std::vector<AttackLook> attack(Flat<float> parameters) {
    std::vector<AttackLook> looks;
    if (config_.relearning.steps == 0) return looks;
    const TokenFile& held_out = *data_.held_out().at("forget");
    const Questions asked = questions_on(questions_, "forget");
    relearn(trainer_.network(), trainer_.layout(), parameters, data_, config_.relearning, config_.seed,
            [&](Index step, double tokens) {
              const double loss = mean_loss(trainer_.network(), config_.model, parameters, held_out);
              check_finite(loss, "in the relearning attack", "--relearn-rate");
              looks.push_back({step, tokens, loss});
              if (!asked.questions.empty() && looks.size() % 2 == 1)
                looks.back().recall =
                    recall(asked, answers(trainer_.network(), config_.model, parameters, tokenizer_, asked))
                        .front()  // sources come first
                        .accuracy.mean;
            });
    return looks;
  }

  BySource floors() {
    BySource known;
    for (const auto& [source, part] : data_.parts)
      if (part.floor) known[source] = *part.floor;
    return known;
  }

  void tell_of_training(RunResult& result) {
    const Totals& totals = trainer_.totals();
    result.parameters = trainer_.layout().parameters(), result.steps = trainer_.steps();
    for (const Source source : training_sources)
      if (data_.training(source) != nullptr)
        for (const Label label : labels) {
          result.labels[name(source)][label] = trainer_.loader().documents(source, label);
          result.tokens[name(source)][label] = totals.trained[source][label];
        }
    result.skipped_tokens = totals.skipped, result.training_seconds = totals.seconds;
    result.tokens_per_second = totals.trained_tokens() / totals.seconds;
  }

  Trainer& trainer_;
  const RunConfig& config_;
  const Dataset& data_;
  const Tokenizer& tokenizer_;
  const Questions& questions_;
};

}  // namespace

RunResult after_training(Trainer& trainer, const RunConfig& config, const Dataset& data, const Tokenizer& tokenizer,
                         const Questions& questions, Course& course) {
  return Ending(trainer, config, data, tokenizer, questions)(course);
}

}  // namespace sgtm
