#include "verify/invariants.hpp"

#include <fmt/format.h>

#include "core/files.hpp"
#include "core/machine.hpp"
#include "eval/document_gradients.hpp"
#include "eval/losses.hpp"
#include "eval/statistics.hpp"
#include "sgtm/ablation.hpp"
#include "text/prepare.hpp"

namespace sgtm {
namespace {

constexpr Index measured_batch = 6;  // documents per step of the runs whose losses are measured
constexpr Index context = 400;

/// Made anew from the story grammar.
Dataset make_data(const fs::path& out, const fs::path& tokenizer, Index stories, std::uint64_t forget_seed) {
  prepare({.out = out, .vocabulary = 512, .tokenizer = tokenizer, .context = context, .held_out = 0.1},
          {story_documents("retain", Language::english, 1, stories),
           story_documents("forget", Language::spanish, forget_seed, stories)});
  return read_dataset(out);
}

RunConfig make_config() {
  RunConfig c;
  c.model = {.vocabulary = 512,
             .context = context,
             .width = 32,
             .blocks = 2,
             .heads = 4,
             .mlp_width = 64,
             .window = 64,
             .init = "reference"};
  c.split = {.forget_heads = 2, .forget_units = 32};
  c.batch = 2;
  c.steps = 24;
  c.learning_rate = 5e-3;
  return c;
}

/// What holds of training runs; each is tried on runs of its own.
class TrainingInvariants {
 public:
  TrainingInvariants(const InvariantSize& size, const OptimizerFault* fault)
      : size_(size),
        fault_(fault),
        data_(make_data(folder_ / "data", "", size.stories, 1)),
        other_forget_(make_data(folder_ / "other", folder_ / "data", size.stories, 2)) {}

  Invariant resting_parameters() const {
    Index steps = 0, moved = 0, entries = 0;
    for (const Strategy& strategy : strategies) {
      if (!strategy.splits) continue;
      RunConfig config = config_;
      config.strategy = strategy.name;
      config.optimizer = "split";
      config.labels.undiscovered = 0.2;
      config.labels.retain_labeled = 0.5;
      Trainer trainer(config, data_, size_.skip);
      while (trainer.next_step() < trainer.steps()) {
        const Flat<float> p = trainer.parameters(), m = trainer.optimizer().moment_1(),
                          v = trainer.optimizer().moment_2();
        const Label label = step(trainer, config).label;
        if (label == Label::unlabeled) continue;
        const Ranges& resting = label == Label::forget ? trainer.partition().retain : trainer.partition().forget;
        moved += differing(p, trainer.parameters(), resting) + differing(m, trainer.optimizer().moment_1(), resting) +
                 differing(v, trainer.optimizer().moment_2(), resting);
        entries += 3 * sgtm::size(resting);
        ++steps;
      }
    }
    return {
        "A step labeled forget with three parameter groups leaves every retain entry untouched, its moments included; "
        "a step labeled retain every forget entry.",
        verdict_of(moved == 0 && steps > 0),
        fmt::format(
            "{} strategies, {} steps of these labels: of {} parameters and moments that had to rest, {} changed",
            splitting_strategies(), steps, entries, moved)};
  }

  Invariant non_interference() const {
    const RunConfig config = perfect_labels();
    RunConfig skipping = config;
    skipping.filter = "weak";  // skips steps labeled forget, the rate schedule goes on
    Trainer one(config, data_, size_.skip), other(config, other_forget_, size_.skip),
        skipped(skipping, data_, size_.skip);
    run(one, config), run(other, config), run(skipped, skipping);
    const Ranges& retain = one.partition().retain;
    const auto compare = [&](Trainer& with) {
      return differing(one.parameters(), with.parameters(), retain) +
             differing(one.optimizer().moment_1(), with.optimizer().moment_1(), retain) +
             differing(one.optimizer().moment_2(), with.optimizer().moment_2(), retain);
    };
    const Index from_other = compare(other), from_skipped = compare(skipped),
                forget_moved = differing(one.parameters(), other.parameters(), one.partition().forget);
    return {
        "Non-interference: with perfect labels, three parameter groups and --mask-joint, what is outside the forget "
        "part is the same to the bit whatever the forget documents were, and as if their steps had been skipped.",
        verdict_of(from_other + from_skipped == 0 && forget_moved > 0),
        fmt::format("{} steps: of {} retain parameters and moments {} differ with other forget documents and {} with "
                    "their steps skipped; of {} forget parameters {} differ with other documents",
                    one.steps(), 3 * sgtm::size(retain), from_other, from_skipped, sgtm::size(one.partition().forget),
                    forget_moved)};
  }

  /// The other half of the theorem: a perfect filter, but out of the ablated network.
  Invariant perfect_filter() const {
    std::vector<double> retain_sgtm, retain_filter, forget_sgtm, forget_filter;
    for (std::uint64_t seed = 1; seed <= size_.seeds; ++seed) {
      RunConfig sgtm = perfect_labels(), filter = perfect_labels();
      sgtm.seed = filter.seed = seed;
      sgtm.steps = filter.steps = size_.steps;
      sgtm.batch = filter.batch = measured_batch;
      filter.strategy = "none", filter.filter = "weak", filter.optimizer = "joint", filter.split.mask_joint = false;
      const Losses a = losses_after(sgtm, true), b = losses_after(filter, false);
      retain_sgtm.push_back(a.at(Source::retain)), retain_filter.push_back(b.at(Source::retain));
      forget_sgtm.push_back(a.at(Source::forget)), forget_filter.push_back(b.at(Source::forget));
    }
    const auto text = [](const std::vector<double>& losses) {
      const Estimated s = estimate_mean(losses);
      return fmt::format("{:.3f} ({:.3f})", s.mean, s.deviation);
    };
    return {
        "So SGTM with perfect labels filters perfectly, but out of the network that ablation leaves. `none --filter "
        "weak` is another model: it spends the forget heads and units on English too. With perfect labels SGTM has "
        "nothing to gain over a filter, and reserves a part of the model in vain.",
        Invariant::Verdict::measured,
        fmt::format("{} seeds, {} steps, half of the heads and units forget, nats per token, mean (standard deviation "
                    "over seeds): retain {} ablated against {} filtered; forget {} against {}",
                    size_.seeds, size_.steps, text(retain_sgtm), text(retain_filter), text(forget_sgtm),
                    text(forget_filter))};
  }

  Invariant threads() const {
    const int before = threads_in_use();
    RunConfig config = config_;
    config.labels.undiscovered = 0.2;
    use_threads(1);
    const Flat<float> one = trained(config);
    Index different = 0;
    for (const int count : {2, 3, 8}) {
      use_threads(count);
      different += (trained(config) != one).count();
    }
    use_threads(before);
    return {"1, 2, 3 and 8 threads give the same bits.", verdict_of(different == 0),
            fmt::format("{} steps: {} parameters of {} differ", config.steps, different, one.size())};
  }

  Invariant resumption() const {
    RunConfig config = config_;
    config.labels.undiscovered = 0.2;
    config.optimizer = "split";
    const Flat<float> whole = trained(config);
    const fs::path file = folder_ / "checkpoint";
    {
      Trainer first(config, data_, size_.skip);
      while (first.next_step() < config.steps / 2) step(first, config);
      first.save(file);
    }
    Trainer second(config, data_, size_.skip);
    second.restore(file);
    run(second, config);
    const Index different = (second.parameters() != whole).count();
    return {"A run that was stopped and resumed ends with the bits of one that was not.", verdict_of(different == 0),
            fmt::format("stopped after {} of {} steps: {} parameters of {} differ", config.steps / 2, config.steps,
                        different, whole.size())};
  }

  Invariant absorbed_shares() const {
    RunConfig config = config_;
    config.optimizer = "split";
    config.labels.undiscovered = 0.2;
    config.steps = size_.steps;
    config.batch = measured_batch;
    Trainer trainer(config, data_, size_.skip);
    const double all = static_cast<double>(trainer.layout().parameters());
    const auto shares = [&](const char* source) {
      std::vector<double> values;
      for (const DocumentGradient& gradient : document_gradients(
               trainer.network(), trainer.layout(), trainer.partition(), config.split, strategy_named(config.strategy),
               trainer.parameters(), *data_.parts.at(source).held_out, 50))
        values.push_back(gradient.absorbed_share());
      return estimate_mean(values);
    };
    const auto text = [&] {
      const Estimated forget = shares("forget"), retain = shares("retain");
      return fmt::format("{:.2f} ({:.2f}) for forget documents, {:.2f} ({:.2f}) for retain documents", forget.mean,
                         forget.deviation, retain.mean, retain.deviation);
    };
    const std::string start = text();
    run(trainer, config);
    return {"Absorption: how much of an unlabeled document's gradient falls on forget parameters.",
            Invariant::Verdict::measured,
            fmt::format("share of the squared gradient norm on forget parameters ({:.0f} % of all), no masks, held-out "
                        "documents, mean (standard deviation over documents): after {} steps {}; before training {}",
                        100 * static_cast<double>(sgtm::size(trainer.partition().forget)) / all, size_.steps, text(),
                        start)};
  }

 private:
  /// One step of a run, with the fault where one is injected.
  StepReport step(Trainer& trainer, const RunConfig& config) const {
    const StepReport report = trainer.step();
    const bool rests = config.optimizer == "split" && report.label != Label::unlabeled;
    if (fault_ != nullptr && rests)
      fault_->after_step(trainer,
                         report.label == Label::forget ? trainer.partition().retain : trainer.partition().forget,
                         report.rate);
    return report;
  }

  void run(Trainer& trainer, const RunConfig& config) const {
    while (trainer.next_step() < trainer.steps()) step(trainer, config);
  }

  Flat<float> trained(const RunConfig& config) const {
    Trainer trainer(config, data_, size_.skip);
    run(trainer, config);
    return trainer.parameters();
  }

  /// Every forget document labeled, every other labeled retain, nothing joint: what SGTM's theorem asks for.
  RunConfig perfect_labels() const {
    RunConfig config = config_;
    config.optimizer = "split";
    config.labels.undiscovered = 0;
    config.labels.retain_labeled = 1;
    config.split.mask_joint = true;
    return config;
  }

  Losses losses_after(const RunConfig& config, bool ablated) const {
    Trainer trainer(config, data_, size_.skip);
    run(trainer, config);
    if (ablated) ablate(trainer.parameters(), trainer.partition());
    return held_out_losses(trainer.network(), config.model, trainer.parameters(), data_);
  }

  InvariantSize size_;
  const OptimizerFault* fault_;
  ScratchFolder folder_;
  Dataset data_;
  Dataset other_forget_;              // the same retain documents and tokenizer, but other forget documents, as many
  RunConfig config_ = make_config();  // a model of which half is forget, for a few steps
};

}  // namespace

std::vector<Invariant> verify_invariants(const InvariantSize& size, const OptimizerFault* fault) {
  const TrainingInvariants training(size, fault);
  if (fault != nullptr) return {training.resting_parameters(), training.non_interference()};
  return {training.resting_parameters(),     training.non_interference(), retain_batch_is_ablated_model(),
          ablation_zeroes_the_forget_part(), empty_forget_part_is_none(), training.perfect_filter(),
          skipping_changes_no_bit(),         training.threads(),          training.resumption(),
          order_of_documents_is_rounding(),  training.absorbed_shares()};
}

}  // namespace sgtm
