#include "train/trainer.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <numeric>

#include "core/error.hpp"
#include "core/json.hpp"
#include "sgtm/skip.hpp"
#include "train/masked_gradient.hpp"
#include "train/parameter_groups.hpp"

namespace sgtm {
namespace {

Schedule make_schedule(const RunConfig& c, Index steps) {
  const double warmup = c.warmup < 1 ? c.warmup * static_cast<double>(steps) : c.warmup;
  return {c.learning_rate, static_cast<Index>(std::llround(warmup)), steps};
}

Per<Label, MaskPlan<float>> make_plans(const RunConfig& c, const Partition& partition, const Layout& layout,
                                       bool skip) {
  const auto of = [&](Label label) {
    const auto masks = plan<float>(strategy_named(c.strategy), label, partition, c.model, c.split);
    return skip ? skip_masked_work(masks, layout, c.model) : masks;
  };
  return {of(Label::forget), of(Label::unlabeled), of(Label::retain)};
}

}  // namespace

Trainer::Trainer(const RunConfig& config, const Dataset& data, bool skip)
    : config_(config),
      layout_(config_.model),
      partition_(make_partition(layout_, config_.model, config_.split, strategy_named(config_.strategy))),
      loader_(config_, data),
      schedule_(make_schedule(config_, loader_.steps())),
      plans_(make_plans(config_, partition_, layout_, skip)),
      network_(config_.model, layout_),
      optimizer_(config_.adamw, layout_.size, parameter_groups(config_.optimizer, layout_.size, partition_)),
      parameters_(initial_parameters<float>(config_.model, layout_, config_.seed)),
      gradient_(Flat<float>::Zero(layout_.size)) {
  for (const Label label : labels) groups_[label] = groups_that_step(config_.optimizer, plans_[label].trainable);
  network_.reserve(loader_.longest_batch());
}

double Totals::trained_tokens() const {
  double sum = 0;
  for (const auto& by_label : trained) sum += std::accumulate(by_label.begin(), by_label.end(), 0.0);
  return sum;
}

StepReport Trainer::step() {
  const auto start = std::chrono::steady_clock::now();
  const Step& now = loader_.step(next_);      // one source, one label, as drawn
  const double rate = schedule_.rate(next_);  // a pure function of the step
  const std::span<const Batch> batches = loader_.batches(next_);
  StepReport report{next_, rate, now.source, now.label, now.skipped, 0, 0};
  for (const Batch& batch : batches) report.tokens += batch.size();
  ++next_;
  if (now.skipped) {  // by the filter
    totals_.skipped += static_cast<double>(report.tokens);
    return report;
  }

  const MaskPlan<float>& masks = plans_[now.label];  // the method
  report.loss = masked_gradient<float>(network_, parameters_, batches, masks, gradient_);
  if (!std::isfinite(report.loss))
    throw Error(fmt::format("step {}: the loss is no longer a finite number. Try again with a smaller --learning-rate.",
                            report.step));
  optimizer_.step(parameters_, gradient_, groups_[now.label], rate);

  totals_.trained[now.source][now.label] += static_cast<double>(report.tokens);
  totals_.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

void Trainer::save(const fs::path& file) {
  SafetensorsWriter writer(file);
  writer.add("parameters", parameters_, {parameters_.size()});
  writer.add("moment_1", optimizer_.moment_1(), {parameters_.size()});
  writer.add("moment_2", optimizer_.moment_2(), {parameters_.size()});
  const nlohmann::json state{{"step", next_},
                             {"optimizer_steps", optimizer_.steps()},
                             {"trained", totals_.trained},
                             {"skipped", totals_.skipped},
                             {"seconds", totals_.seconds}};
  writer.commit({{"state", state.dump()}});
}

void Trainer::restore(const fs::path& path) {
  const SafetensorsFile file(path);
  const auto read = [&](const char* name, Flat<float>& flat) {
    file.copy(file.entry(name, {layout_.size}), 0, layout_.size, flat.data());
  };
  read("parameters", parameters_);
  read("moment_1", optimizer_.moment_1());
  read("moment_2", optimizer_.moment_2());
  try {
    const auto state = parse_json<nlohmann::json>(file.metadata().at("state"), "state");
    next_ = state.at("step");
    if (next_ < 0 || next_ > steps()) throw std::out_of_range("step");
    optimizer_.set_steps(state.at("optimizer_steps").get<std::vector<Index>>());
    const auto& trained = state.at("trained");  // earlier versions knew no Source::unknown
    for (std::size_t s = 0; s < std::max(trained.size(), sources.size()); ++s)
      for (std::size_t l = 0; l < labels.size(); ++l) totals_.trained.at(s).at(l) = trained.at(s).at(l);
    totals_.skipped = state.at("skipped");
    totals_.seconds = state.at("seconds");
  } catch (const std::exception&) {
    throw Error(fmt::format("{}: is damaged. Start the run anew with --overwrite.", path.string()));
  }
}

}  // namespace sgtm
