#include "train/run_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/record.hpp"

namespace sgtm {
namespace {

void check_at_least(const char* name, double value, double least, const char* advice) {
  if (!(value >= least) || !std::isfinite(value))
    throw Error(fmt::format("--{} {}: must be at least {}. {}", name, value, least, advice));
}

void check_choice(const char* name, const std::string& value, std::initializer_list<const char*> known) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return;
  throw Error(fmt::format("--{} {}: must be one of {}.", name, value, fmt::join(known, ", ")));
}

std::string text_of(const auto& field) {
  return fmt::format("{}", field);
}

std::string text_of(const std::vector<Index>& field) {
  return fmt::format("{}", fmt::join(field, ","));
}

std::string text_of(const std::optional<double>& field) {
  return fmt::format("{}", field.value());
}

}  // namespace

void check(const RunConfig& c) {
  check(c.model);
  const Strategy& strategy = strategy_named(c.strategy);
  check(c.split, c.model);
  check_choice("filter", c.filter, {"none", "weak", "strict"});
  check_choice("optimizer", c.optimizer, {"joint", "split"});
  if (c.filter != "none" && strategy.splits)
    throw Error(
        fmt::format("--filter {} skips the data that --strategy {} learns to forget from. Filter with --strategy none.",
                    c.filter, c.strategy));
  if (c.refill && c.filter == "none")
    throw Error("--refill replaces steps that a filter skips. Give it with --filter weak or strict.");
  if (c.refill && (c.labels.from > 0 || c.labels.until < 1))
    throw Error("--refill counts on labels all through training. Leave out --labels-from and --labels-until.");
  check_choice("unlearn", c.unlearn, {"none", "rmu"});
  if (c.unlearn != "none" && (strategy.splits || c.filter != "none"))
    throw Error("--unlearn rmu is for a model that has seen everything. Use it with --strategy none --filter none.");
  check_at_least("gradient-documents", static_cast<double>(c.gradient_documents), 0, "64 say enough.");
  if (c.gradient_documents > 0 && (c.evaluate_every == 0 || !strategy.splits))
    throw Error(
        "--gradient-documents looks at forget and retain parameters in every evaluation. Give --evaluate-every, and a "
        "strategy other than none.");
  check_at_least("rmu-steps", static_cast<double>(c.rmu.steps), 1, "The paper has 250.");
  check_at_least("rmu-rate", c.rmu.rate, 0, "The paper has 5e-5.");
  check_at_least("rmu-strength", c.rmu.strength, 0, "Give lengths of a hidden state.");
  check_at_least("rmu-retain", c.rmu.retain, 0, "The paper has 100.");
  check_at_least("relearn-steps", static_cast<double>(c.relearning.steps), 0, "0 leaves the attack out.");
  check_at_least("relearn-rate", c.relearning.rate, 0, "The paper has 2e-4.");
  if (c.optimizer == "split" && !strategy.splits)
    throw Error("--optimizer split steps the parts of a split model. Use it with a strategy other than none.");
  if (c.split.mask_embeddings && !strategy.splits)
    throw Error(
        "--mask-embeddings keeps batches labeled forget from a split model's embeddings. Use it with a strategy other "
        "than none.");
  if (c.split.mask_joint && !strategy.splits)
    throw Error(
        "--mask-joint keeps batches labeled forget from a split model's joint parameters. Use it with a strategy other "
        "than none.");
  check_at_least("forget-gradient", c.split.forget_gradient, 0, "1 changes nothing.");
  if (c.split.forget_gradient != 1 && !strategy.splits)
    throw Error(
        "--forget-gradient scales gradients of a split model's forget part. Use it with a strategy other than none.");
  if (c.steps < 0) throw Error(fmt::format("--steps {}: must be at least 1, or 0 to follow --tokens.", c.steps));
  if (c.steps == 0) check_at_least("tokens", c.tokens, 1, "Give the number of tokens to train on.");
  check_at_least("batch", static_cast<double>(c.batch), 1, "Give the documents per step.");
  check_at_least("micro-batch", static_cast<double>(c.micro_batch), 1, "Give tokens.");
  check_at_least("learning-rate", c.learning_rate, 0, "Good rates lie near 0.002.");
  check_at_least("warmup", c.warmup, 0, "Give steps, or a share of all steps.");
  check_at_least("weight-decay", c.adamw.weight_decay, 0, "The paper has 0.1.");
  for (const auto& [name, beta] : {std::pair{"beta-1", c.adamw.beta_1}, std::pair{"beta-2", c.adamw.beta_2}})
    if (!(beta >= 0 && beta < 1)) throw Error(fmt::format("--{} {}: must be at least 0 and below 1.", name, beta));
  for (const auto& [name, value] : {std::pair{"tokens", c.tokens}, std::pair{"steps", static_cast<double>(c.steps)},
                                    std::pair{"warmup", static_cast<double>(c.warmup)}})
    if (value > 1e15) throw Error(fmt::format("--{} {}: is beyond reason. Give at most 1e15.", name, value));
  if (!(c.adamw.epsilon > 0)) throw Error(fmt::format("--epsilon {}: must be above 0.", c.adamw.epsilon));
  if (!(c.forget_upsampling > 0) || !std::isfinite(c.forget_upsampling))
    throw Error(fmt::format("--forget-upsampling {}: must be above 0.", c.forget_upsampling));
  check_at_least("calibration-steps", static_cast<double>(c.calibration_steps), 0, "The paper has 200.");
  check_at_least("calibration-documents", static_cast<double>(c.calibration_documents), 1, "Give 16, for example.");
  check_at_least("calibration-retain", c.calibration_retain, 0, "The paper has 100.");
  check_at_least("calibration-adjacent", c.calibration_adjacent, 0, "The paper has 1, or 100 for Wikipedia.");
  check_at_least("evaluate-every", static_cast<double>(c.evaluate_every), 0, "Give steps.");
}

nlohmann::json to_json(const RunConfig& config) {
  nlohmann::ordered_json written;
  for_each_setting(config,
                   [&written](const char* name, const auto& field, const char*) { written[name] = json_of(field); });
  return written;
}

nlohmann::ordered_json json_of(const RunConfig& config) {
  return to_json(config);
}

void read_part(const nlohmann::ordered_json& from, RunConfig& config, const std::string& where) {
  if (!from.is_object()) throw Misfit{where};
  nlohmann::ordered_json unknown = from;
  for_each_setting(config, [&](const std::string& name, auto& field, const char*) {
    if (const auto at = from.find(name); at != from.end() && !at->is_null()) read_part(*at, field, where + "." + name);
    unknown.erase(name);
  });
  if (!unknown.empty()) throw Misfit{where + "." + unknown.items().begin().key()};
}

std::string other_setting(const RunConfig& had, const RunConfig& wanted, double rounding) {
  const nlohmann::json all = to_json(had), now = to_json(wanted);
  const auto same = [rounding](const nlohmann::json& a, const nlohmann::json& b) {
    if (!a.is_number_float() || !b.is_number_float()) return a == b;
    return std::abs(a.get<double>() - b.get<double>()) <= rounding * std::abs(b.get<double>());
  };
  for (const auto& [name, value] : all.items())
    if (!same(value, now.at(name))) return fmt::format("{}: {}, not {}", name, value.dump(), now.at(name).dump());
  return {};
}

std::vector<std::string> flags_between(const RunConfig& base, const RunConfig& config) {
  const nlohmann::json before = to_json(base);
  std::vector<std::string> flags;
  for_each_setting(config, [&](const char* name, const auto& field, const char*) {
    if (nlohmann::json(json_of(field)) != before.at(name))
      flags.push_back(fmt::format("--{}={}", name, text_of(field)));
  });
  return flags;
}

}  // namespace sgtm
