#include "verify/golden.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "eval/calibration.hpp"
#include "model/checkpoint.hpp"
#include "sgtm/ablation.hpp"
#include "sgtm/plan.hpp"
#include "sgtm/skip.hpp"
#include "train/masked_gradient.hpp"
#include "train/parameter_groups.hpp"
#include "verify/golden_case.hpp"

namespace sgtm {
namespace {

using nlohmann::json;

template <class A, class B>
double relative_error(const A& a, const B& b) {
  const double norm = b.matrix().norm();
  return (a - b).matrix().norm() / (norm == 0 ? 1 : norm);
}

double number_error(double a, double b) {
  return std::abs(a - b) / std::abs(b);
}

/// The larger one, and not a number where either is not: std::max would lose it.
double worse(double a, double b) {
  return std::isnan(a) || a > b ? a : b;
}

/// "sgtm+mask_embeddings/forget": a strategy, how it is masked, and the rest of the key.
struct GoldenKey {
  std::string strategy, rest;
  bool mask_embeddings;
};
GoldenKey parse_golden_key(const std::string& key) {
  const std::size_t slash = key.find('/');
  const std::string strategy = key.substr(0, slash), rest = slash == std::string::npos ? "" : key.substr(slash + 1);
  const std::size_t plus = strategy.find("+mask_embeddings");
  return {strategy.substr(0, plus), rest, plus != std::string::npos};
}

class GoldenRun {
 public:
  GoldenRun(const fs::path& stem, bool skip)
      : case_(GoldenCase::read(stem)),
        skip_(skip),
        layout_(case_.config),
        parameters_(read_tensors<double>(SafetensorsFile(case_.path("params")), layout_)),
        network_(case_.config, layout_),
        gradients_(case_.path("gradients")),
        train_(case_.path("train")) {}

  std::vector<GoldenComparison> operator()() {
    forward();
    for (const auto& [key, result] : results().items()) {
      if (key == "loss") continue;
      if (key == "calibration")
        calibration(result);
      else if (key.starts_with("train/"))
        trajectory(key.substr(6), result);
      else
        batch_of_a_label(key, result);
    }
    return std::move(found_);
  }

 private:
  const json& results() const { return case_.facts.at("results"); }

  void add(const char* group, const std::string& key, const std::string& tensor, double error) {
    // A NaN is as wrong as can be, and must not look small.
    found_.push_back({group, key, tensor, std::isnan(error) ? std::numeric_limits<double>::infinity() : error});
  }

  static Matrix<double> matrix_of(const SafetensorsFile& file, const std::string& name,
                                  const std::vector<Index>& shape) {
    Matrix<double> m(shape[0], shape.size() > 1 ? shape[1] : 1);
    file.copy(file.entry(name, shape), 0, m.size(), m.data());
    return m;
  }

  void forward() {
    const SafetensorsFile file(case_.path("forward"));
    const Batch& batch = case_.batch;
    network_.keep_hidden(true);
    network_.forward(parameters_, batch, network_.keep_all().forward);
    network_.keep_hidden(false);
    for (std::size_t i = 0; i < network_.hidden().size(); ++i) {
      const std::string name = fmt::format("hidden.{}", i);
      add("forward", "", name,
          relative_error(network_.hidden()[i], matrix_of(file, name, {batch.size(), case_.config.width})));
    }
    Matrix<double> logits(batch.size(), case_.config.vocabulary);
    network_.logits(parameters_, 0, logits);
    add("forward", "", "logits", relative_error(logits, matrix_of(file, "logits", {logits.rows(), logits.cols()})));

    // NaN where nothing is predicted, in the file; 0 here.
    const Row<double> losses = network_.token_losses(parameters_);
    Row<double> expected = matrix_of(file, "token_loss", {batch.size()}).transpose();
    std::vector<int> targets;
    find_targets(batch, targets);
    bool same_targets = true;
    for (Index t = 0; t < batch.size(); ++t) {
      same_targets = same_targets && std::isnan(expected[t]) == (targets[static_cast<std::size_t>(t)] == no_target);
      if (std::isnan(expected[t])) expected[t] = 0;
    }
    add("forward", "", "which tokens are predicted", same_targets ? 0 : 1);
    add("forward", "", "token_loss", relative_error(losses, expected));
    add("losses", "", "loss",
        number_error(losses.sum() / static_cast<double>(predicted_tokens(batch)), results().at("loss")));
  }

  void compare_tensors(const char* group, const std::string& key, const Flat<double>& flat, const SafetensorsFile& file,
                       const json& alias) {
    for (const StoredTensor& stored : stored_tensors(layout_)) {
      const std::string name = key + "/" + stored.name;
      const std::vector<double> values = read_tensor<double>(file, alias.value(name, name), stored);
      const Eigen::Map<const Flat<double>> expected(values.data(), stored.tensor->size());
      const auto ours = flat.segment(stored.tensor->offset, stored.tensor->size());
      // An exact zero on one side only is a mask that differs.
      const bool same_zeros = ((ours == 0) == (expected == 0)).all();
      add(group, key, stored.name, same_zeros ? relative_error(ours, expected) : 1);
    }
  }

  MaskPlan<double> masks_of(const Strategy& strategy, Label label, const Partition& partition,
                            const SplitConfig& split) const {
    const auto masks = plan<double>(strategy, label, partition, case_.config, split);
    return skip_ ? skip_masked_work(masks, layout_, case_.config) : masks;
  }

  void batch_of_a_label(const std::string& key, const json& result) {
    const GoldenKey parts = parse_golden_key(key);
    const Strategy& strategy = strategy_named(parts.strategy);
    SplitConfig split = case_.split;
    split.mask_embeddings = parts.mask_embeddings;
    const Partition partition = make_partition(layout_, case_.config, split, strategy);
    if (parts.rest == "ablated") {
      Flat<double> ablated = parameters_;
      ablate(ablated, partition);
      add("losses", key, "loss", number_error(network_.mean_loss(ablated, case_.batch), result.at("loss")));
      return;
    }
    const auto masks = masks_of(strategy, label_named(parts.rest), partition, split);
    Flat<double> gradient;
    const double loss = masked_gradient<double>(network_, parameters_, {&case_.batch, 1}, masks, gradient);
    add("losses", key, "loss", number_error(loss, result.at("loss")));
    compare_tensors("gradients", key, gradient, gradients_, case_.facts.value("gradient_alias", json::object()));
  }

  void trajectory(const std::string& key, const json& result) {
    const GoldenKey parts = parse_golden_key(key);
    const Strategy& strategy = strategy_named(parts.strategy);
    const json& train = case_.facts.at("train");
    const Partition partition = make_partition(layout_, case_.config, case_.split, strategy);
    AdamW<double> optimizer(case_.adamw(), layout_.size, parameter_groups(parts.rest, layout_.size, partition));
    const Schedule schedule = case_.schedule();
    Flat<double> parameters = parameters_, gradient;
    double loss_error = 0, rate_error = 0;
    for (std::size_t step = 0; step < train.at("labels").size(); ++step) {
      const Label label = label_named(train["labels"][step].get<std::string>());
      const auto masks = masks_of(strategy, label, partition, case_.split);
      const Batch batch = case_.with_tokens(train["tokens"][step]);
      const double loss = masked_gradient<double>(network_, parameters, {&batch, 1}, masks, gradient);
      const double rate = schedule.rate(static_cast<Index>(step));
      optimizer.step(parameters, gradient, groups_that_step(parts.rest, masks.trainable), rate);
      loss_error = worse(loss_error, number_error(loss, result.at("loss").at(step)));
      rate_error = worse(rate_error, number_error(rate, result.at("lr").at(step)));
    }
    add("trajectories", key, "loss of every step", loss_error);
    add("trajectories", key, "rate of every step", rate_error);
    compare_tensors("trajectories", key, parameters, train_, json::object());
  }

  void calibration(const json& facts) {
    const CalibrationConfig config{.steps = facts.at("steps"),
                                   .rate = facts.at("lr").at(0),
                                   .last_rate = facts.at("lr").at(1),
                                   .weights = {{Source::forget, 1}, {Source::retain, facts.at("alpha")}}};
    Flat<double> parameters = parameters_;
    ablate(parameters, make_partition(layout_, case_.config, case_.split, strategy_named("sgtm")));
    const std::vector<Index> shape{case_.config.vocabulary};
    row(parameters, layout_.output_bias) = matrix_of(train_, "calibration/bias_before", shape).transpose();
    const auto losses =
        train_output_bias<double>(network_, layout_, parameters, config, [&](Source source, Index step) {
          return case_.with_tokens(facts.at(source == Source::forget ? "forget_tokens" : "retain_tokens")
                                       .at(static_cast<std::size_t>(step)));
        });
    double error = 0;
    for (std::size_t step = 0; step < losses.size(); ++step)
      for (const std::size_t source : {0u, 1u})
        error = worse(error, number_error(losses[step][source], facts.at("losses").at(step).at(source)));
    add("calibration", "", "losses of every step", error);
    add("calibration", "", "output bias",
        relative_error(row(parameters, layout_.output_bias),
                       matrix_of(train_, "calibration/bias_after", shape).transpose()));
  }

  GoldenCase case_;
  bool skip_;
  Layout layout_;
  Flat<double> parameters_;
  Network<double> network_;
  SafetensorsFile gradients_, train_;
  std::vector<GoldenComparison> found_;
};

}  // namespace

std::vector<GoldenComparison> verify_golden(const fs::path& stem, bool skip) {
  try {
    return GoldenRun(stem, skip)();
  } catch (const json::exception& e) {
    throw Error(fmt::format("{}.json: lacks what a golden case needs ({}).", stem.string(), e.what()));
  }
}

}  // namespace sgtm
