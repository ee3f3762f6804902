#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "model/config.hpp"
#include "sgtm/strategy.hpp"
#include "train/adamw.hpp"
#include "train/labels.hpp"

namespace sgtm {

/// Unlearning after training: see eval/rmu.hpp.
struct RmuConfig {
  Index steps = 250;
  Index documents = 4;  // of each source and step
  double rate = 5e-5;
  double strength = 1;
  double retain = 100;
};

/// The attack on a finished model: see eval/relearning.hpp.
struct RelearningConfig {
  Index steps = 0;
  Index documents = 8;  // of each source and step
  Index warmup = 20;
  double rate = 4e-3;
};

/// Everything that a run's result depends on, beside its data and the machine.
struct RunConfig {
  ModelConfig model;
  SplitConfig split;
  LabelConfig labels;
  AdamWConfig adamw;
  std::string strategy = "sgtm";
  std::string filter = "none";      // none, weak: skip batches labeled forget, strict: adjacent ones too
  bool refill = false;              // replace skipped steps by kept data, so that all methods train equally many
  std::string optimizer = "joint";  // joint: one parameter group; split: three, one per owner
  double tokens = 1e6;              // scheduled training tokens, skipped ones included
  Index steps = 0;                  // 0: as many as `tokens` make
  Index batch = 32;                 // documents per step
  Index micro_batch = 4096;         // tokens that go through the network at once: rounding and memory only
  double learning_rate = 2e-3;
  double warmup = 0.1;           // steps, or below 1 a share of all steps
  double forget_upsampling = 1;  // steps of forget documents in proportion to this times their number
  Index calibration_steps = 200, calibration_documents = 16;
  double calibration_retain = 100, calibration_adjacent = 1;
  double evaluate_every = 0;     // steps between evaluations, or below 1 their share of all; 0: only at the end
  Index gradient_documents = 0;  // of every source, whose gradients are looked at in every evaluation
  std::string unlearn = "none";  // rmu: after training
  RmuConfig rmu;
  RelearningConfig relearning;  // the attack on the finished model
  std::uint64_t seed = 1;
};

/// Calls visit(name, field, help) for every setting: the one list from which flags, presets and files are made.
template <class Config, class Visit>
void for_each_setting(Config& c, Visit visit) {
  visit("vocabulary", c.model.vocabulary, "tokens the model knows; at least the tokenizer's");
  visit("context", c.model.context, "longest document, in tokens, its end token included");
  visit("width", c.model.width, "d, numbers per token in the residual stream");
  visit("blocks", c.model.blocks, "L, attention and MLP layers");
  visit("heads", c.model.heads, "h, attention heads per block; they divide the width");
  visit("mlp-width", c.model.mlp_width, "m, units per MLP");
  visit("window", c.model.window, "tokens that local attention sees");
  visit("attention", c.model.attention, "one letter per block, repeated: g global, l local");
  visit("scaled-scores", c.model.scaled_scores,
        "divide attention scores by the root of the head's width (GPT-Neo does not)");
  visit("init", c.model.init, "start weights: normal, or reference as in the authors' code");
  visit("forget-heads", c.split.forget_heads, "heads per block that are forget");
  visit("forget-units", c.split.forget_units, "MLP units per block that are forget");
  visit("masked-blocks", c.split.masked_blocks, "blocks that are split, as in 1,2 (default: all)");
  visit("mask-embeddings", c.split.mask_embeddings,
        "keep batches labeled forget from embeddings and the blocks' layer norms too");
  visit("mask-joint", c.split.mask_joint, "keep batches labeled forget from everything that is not forget");
  visit("forget-gradient", c.split.forget_gradient,
        "factor of the forget part's gradients on batches labeled forget; lower where forgetting is dear");
  visit("strategy", c.strategy, "how to train; sgtm masks --help lists them");
  visit("filter", c.filter,
        "none; weak: skip what is labeled forget; strict: skip all adjacent data too (with --strategy none)");
  visit("refill", c.refill, "replace skipped steps by kept data");
  visit("optimizer", c.optimizer,
        "joint: one parameter group; split: three, one per owner, of which only those step that the label may update");
  visit("tokens", c.tokens, "scheduled training tokens over all sources");
  visit("steps", c.steps, "training steps, instead of --tokens");
  visit("batch", c.batch, "documents per step");
  visit("micro-batch", c.micro_batch, "tokens that go through the network at once (rounding and memory only)");
  visit("learning-rate", c.learning_rate, "peak learning rate");
  visit("warmup", c.warmup, "warmup steps, or below 1 their share of all steps");
  visit("weight-decay", c.adamw.weight_decay, "AdamW's weight decay");
  visit("beta-1", c.adamw.beta_1, "AdamW's first moment decay");
  visit("beta-2", c.adamw.beta_2, "AdamW's second moment decay");
  visit("epsilon", c.adamw.epsilon, "AdamW's epsilon");
  visit("undiscovered", c.labels.undiscovered, "share of forget documents left unlabeled: 1 - recall");
  visit("precision", c.labels.precision, "share of documents labeled forget that are forget");
  visit("fpr", c.labels.false_positive_rate, "share of other documents labeled forget, instead of --precision");
  visit("forget-as-retain", c.labels.forget_as_retain, "share of discovered forget documents labeled retain");
  visit("retain-labeled", c.labels.retain_labeled, "share of other documents labeled retain");
  visit("label-noise", c.labels.noise,
        "document: one label for each document; plot: whole plots are missed; step: a new label every step");
  visit("labels-from", c.labels.from, "share of training before which everything is unlabeled");
  visit("labels-until", c.labels.until, "share of training after which everything is unlabeled");
  visit("false-positives", c.labels.false_positives,
        "paper: from all other documents; code: from adjacent ones, as the authors' code");
  visit("forget-upsampling", c.forget_upsampling, "steps of forget documents, times this");
  visit("calibration-steps", c.calibration_steps, "steps of logit calibration after training; 0: none");
  visit("calibration-documents", c.calibration_documents, "documents of every source and step of calibration");
  visit("calibration-retain", c.calibration_retain, "weight of the retain loss in calibration");
  visit("calibration-adjacent", c.calibration_adjacent, "weight of the adjacent loss in calibration");
  visit("evaluate-every", c.evaluate_every,
        "steps between evaluations on held-out documents, or below 1 their share of all; 0: only at the end");
  visit("gradient-documents", c.gradient_documents,
        "held-out documents of every source whose gradient norms each evaluation writes down");
  visit("unlearn", c.unlearn, "none; rmu: unlearn after training (with --strategy none)");
  visit("rmu-steps", c.rmu.steps, "steps of RMU");
  visit("rmu-rate", c.rmu.rate, "RMU's learning rate");
  visit("rmu-strength", c.rmu.strength, "length of the vector that RMU steers to, in lengths of a hidden state");
  visit("rmu-retain", c.rmu.retain, "weight of RMU's retain loss");
  visit("relearn-steps", c.relearning.steps, "steps of the relearning attack on the finished model; 0: none");
  visit("relearn-rate", c.relearning.rate, "learning rate of the attack");
  visit("seed", c.seed, "of initial weights, data order and label noise");
}

/// Throws Error for settings that are impossible or exclude each other.
void check(const RunConfig& config);

nlohmann::json to_json(const RunConfig& config);
nlohmann::ordered_json json_of(const RunConfig& config);  // the same

/// Reads that back (core/record.hpp): what is younger keeps its default, an unknown setting does not fit.
void read_part(const nlohmann::ordered_json& json, RunConfig& config, const std::string& where);

/// A setting that is not as wanted, as "steps: 60, not 20"; empty where there is none. Numbers may differ by a relative
/// rounding.
std::string other_setting(const RunConfig& had, const RunConfig& wanted, double rounding = 0);

/// The flags of `sgtm train` that make `config` of `base`, as in {"--undiscovered=0.2"}.
std::vector<std::string> flags_between(const RunConfig& base, const RunConfig& config);

}  // namespace sgtm
