#include "verify/invariants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/machine.hpp"
#include "eval/document_gradients.hpp"
#include "eval/losses.hpp"
#include "sgtm/ablation.hpp"
#include "verify/laboratory.hpp"
#include "verify/specimen.hpp"

namespace sgtm {
namespace {

/// How many strategies have a forget part.
auto splitting() {
  return std::count_if(std::begin(strategy_rows), std::end(strategy_rows), [](Strategy s) { return s.splits; });
}

using Verdict = Invariant::Verdict;

Verdict verdict_of(bool right) {
  return right ? Verdict::right : Verdict::wrong;
}

constexpr Index measured_batch = 6;  // documents per step of the runs whose losses are measured

/// How many entries of the region differ in any bit that counts.
Index differing(const Flat<float>& a, const Flat<float>& b, const Region& region) {
  Index count = 0;
  for_each_run(
      region, [&](Index offset, Index size) { count += (a.segment(offset, size) != b.segment(offset, size)).count(); });
  return count;
}

struct Spread {
  double mean, deviation;
};

Spread spread_of(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double v : values) sum += v;
  const double n = static_cast<double>(values.size()), mean = sum / n;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return {mean, n > 1 ? std::sqrt(squares / (n - 1)) : 0};
}

class Invariants {
 public:
  Invariants(const InvariantSize& size, const OptimizerFault* fault) : size_(size), fault_(fault), lab_(size.stories) {}

  std::vector<Invariant> operator()() {
    resting_parameters();
    non_interference();
    if (fault_ != nullptr) return std::move(found_);  // the other sentences say nothing of the optimizer
    retain_batch_is_ablated_model();
    ablation();
    empty_forget_part();
    perfect_filter();
    fast_and_explicit();
    threads();
    resumption();
    order_of_documents();
    absorbed_shares();
    return std::move(found_);
  }

 private:
  void add(std::string sentence, Verdict verdict, std::string evidence) {
    found_.push_back({std::move(sentence), std::move(evidence), verdict});
  }

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

  void resting_parameters() {
    Index steps = 0, moved = 0, entries = 0;
    for (const StrategyRow& strategy : strategy_rows) {
      if (!strategy.splits) continue;
      RunConfig config = lab_.config;
      config.strategy = strategy.name;
      config.optimizer = "split";
      config.labels.undiscovered = 0.2;
      config.labels.retain_labeled = 0.5;
      Trainer trainer(config, lab_.data);
      while (trainer.next_step() < trainer.steps()) {
        const Flat<float> p = trainer.parameters(), m = trainer.optimizer().moment_1(),
                          v = trainer.optimizer().moment_2();
        const Label label = step(trainer, config).label;
        if (label == Label::unlabeled) continue;
        const Region& resting = label == Label::forget ? trainer.partition().retain : trainer.partition().forget;
        moved += differing(p, trainer.parameters(), resting) + differing(m, trainer.optimizer().moment_1(), resting) +
                 differing(v, trainer.optimizer().moment_2(), resting);
        entries += 3 * sgtm::size(resting);
        ++steps;
      }
    }
    add("A forget step with the split optimizer leaves every retain entry untouched, its moments included; a retain "
        "step "
        "every forget entry.",
        verdict_of(moved == 0 && steps > 0),
        fmt::format(
            "{} strategies, {} steps of these labels: of {} parameters and moments that had to rest, {} changed",
            splitting(), steps, entries, moved));
  }

  void retain_batch_is_ablated_model() {
    const Specimen s = specimen();
    const Layout layout(s.config);
    Index numbers = 0, different = 0;
    for (const StrategyRow& strategy : strategy_rows) {
      if (!strategy.splits) continue;
      const Partition partition = make_partition(layout, s.config, s.split, strategy);
      Flat<float> parameters = specimen_parameters(layout, 1).cast<float>(), ablated = parameters;
      ablate(ablated, partition);
      Network<float> network(s.config, layout);
      network.keep_hidden(true);
      network.forward(parameters, s.batch,
                      plan<float>(strategy, Label::retain, partition, layout, s.config, s.split).gates.forward);
      const std::vector<Matrix<float>> hidden = network.hidden();
      const Row<float> losses = network.token_losses(parameters);
      network.forward(ablated, s.batch, network.open_gates().forward);
      for (std::size_t i = 0; i < hidden.size(); ++i) {
        numbers += hidden[i].size();
        different += (hidden[i].array() != network.hidden()[i].array()).count();
      }
      numbers += losses.size();
      different += (losses.array() != network.token_losses(ablated).array()).count();
    }
    add("The forward pass of a retain batch is the forward pass of the ablated model.", verdict_of(different == 0),
        fmt::format("{} strategies: of {} hidden numbers and losses, {} differ", splitting(), numbers, different));
  }

  void ablation() {
    const Specimen s = specimen();
    const Layout layout(s.config);
    Index touched = 0, left = 0, again = 0, entries = 0;
    for (const StrategyRow& strategy : strategy_rows) {
      const Partition partition = make_partition(layout, s.config, s.split, strategy);
      const Flat<float> parameters = specimen_parameters(layout, 1).cast<float>();
      Flat<float> once = parameters;
      ablate(once, partition);
      Flat<float> twice = once;
      ablate(twice, partition);
      again += (once != twice).count();
      touched += differing(parameters, once, partition.retain) + differing(parameters, once, partition.joint);
      left += differing(once, Flat<float>::Zero(layout.size), partition.forget);
      entries += layout.parameters();
    }
    add("Ablating twice is ablating once; ablation zeroes every forget entry and touches no retain or joint entry.",
        verdict_of(touched + left + again == 0),
        fmt::format("{} strategies, {} entries: {} changed by the second ablation, {} retain or joint ones touched, {} "
                    "forget ones not zero",
                    std::size(strategy_rows), entries, again, touched, left));
  }

  void empty_forget_part() {
    Specimen s = specimen();
    s.split.forget_heads = s.split.forget_units = 0;
    const Layout layout(s.config);
    Flat<float> parameters = specimen_parameters(layout, 1).cast<float>();
    Network<float> network(s.config, layout);
    const auto gradient = [&](const char* strategy_name, Label label) {
      Strategy strategy = strategy_named(strategy_name);
      const auto masks =
          plan<float>(strategy, label, make_partition(layout, s.config, s.split, strategy), layout, s.config, s.split);
      Flat<float> g;
      masked_gradient(network, parameters, s.batch, masks, g);
      return g;
    };
    Index different = 0;
    for (const Label label : {Label::unlabeled, Label::retain})
      different += (gradient("sgtm", label) != gradient("none", label)).count();
    const Partition partition = make_partition(layout, s.config, s.split, strategy_named("sgtm"));
    const Flat<float> on_forget = gradient("sgtm", Label::forget), nothing = Flat<float>::Zero(layout.size);
    const Index outside = differing(on_forget, nothing, partition.retain) + sgtm::size(partition.forget),
                joint = differing(on_forget, nothing, partition.joint);
    add("`sgtm` with an empty forget part is `none` on retain and unlabeled batches, and moves only joint entries on "
        "forget "
        "batches.",
        verdict_of(different == 0 && outside == 0 && joint > 0),
        fmt::format(
            "{} gradient entries differ; on a forget batch {} of {} joint entries have a gradient and {} others",
            different, joint, sgtm::size(partition.joint), outside));
  }

  /// Every forget document labeled, every other labeled retain, nothing joint: what SGTM's theorem asks for.
  RunConfig perfect_labels() const {
    RunConfig config = lab_.config;
    config.optimizer = "split";
    config.labels.undiscovered = 0;
    config.labels.retain_labeled = 1;
    config.split.mask_joint = true;
    return config;
  }

  void non_interference() {
    const RunConfig config = perfect_labels();
    RunConfig skipping = config;
    skipping.filter = "weak";  // skips forget steps, the rate schedule goes on
    Trainer one(config, lab_.data), other(config, lab_.other_forget), skipped(skipping, lab_.data);
    run(one, config), run(other, config), run(skipped, skipping);
    const Region& retain = one.partition().retain;
    const auto compare = [&](Trainer& with) {
      return differing(one.parameters(), with.parameters(), retain) +
             differing(one.optimizer().moment_1(), with.optimizer().moment_1(), retain) +
             differing(one.optimizer().moment_2(), with.optimizer().moment_2(), retain);
    };
    const Index from_other = compare(other), from_skipped = compare(skipped),
                forget_moved = differing(one.parameters(), other.parameters(), one.partition().forget);
    add("Non-interference: with perfect labels, the split optimizer and --mask-joint, what is outside the forget part "
        "is "
        "the same to the bit whatever the forget documents were, and as if their steps had been skipped.",
        verdict_of(from_other + from_skipped == 0 && forget_moved > 0),
        fmt::format("{} steps: of {} retain parameters and moments {} differ with other forget documents and {} with "
                    "their steps skipped; of {} forget parameters {} differ with other documents",
                    one.steps(), 3 * sgtm::size(retain), from_other, from_skipped, sgtm::size(one.partition().forget),
                    forget_moved));
  }

  Losses losses_after(const RunConfig& config, bool ablated) const {
    Trainer trainer(config, lab_.data);
    run(trainer, config);
    if (ablated) ablate(trainer.parameters(), trainer.partition());
    return held_out_losses(trainer.network(), config.model, trainer.parameters(), lab_.data);
  }

  /// The other half of the theorem: a perfect filter, but out of the ablated network.
  void perfect_filter() {
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
      const Spread s = spread_of(losses);
      return fmt::format("{:.3f} ± {:.3f}", s.mean, s.deviation);
    };
    add("So SGTM with perfect labels filters perfectly, but out of the network that ablation leaves. `none --filter "
        "weak` is "
        "another model: it spends the forget heads and units on English too. With perfect labels SGTM has nothing to "
        "gain "
        "over a filter, and reserves a part of the model in vain.",
        Verdict::measured,
        fmt::format(
            "{} seeds, {} steps, half of the heads and units forget, nats per token, mean ± standard deviation: "
            "retain {} ablated against {} filtered; forget {} against {}",
            size_.seeds, size_.steps, text(retain_sgtm), text(retain_filter), text(forget_sgtm), text(forget_filter)));
  }

  void fast_and_explicit() {
    Specimen s = specimen();
    const Layout layout(s.config);
    Flat<float> parameters = specimen_parameters(layout, 1).cast<float>();
    Network<float> network(s.config, layout);
    Index different = 0, entries = 0;
    for (const StrategyRow& strategy : strategy_rows)
      for (const bool mask_embeddings : {false, true}) {
        if (mask_embeddings && !strategy.splits) continue;
        s.split.mask_embeddings = mask_embeddings;
        const Partition partition = make_partition(layout, s.config, s.split, strategy);
        for (const Label label : labels) {
          const auto fast = plan<float>(strategy, label, partition, layout, s.config, s.split);
          Flat<float> gradient, explicit_gradient;
          masked_gradient(network, parameters, s.batch, fast, gradient);
          masked_gradient(network, parameters, s.batch, explicit_plan(fast), explicit_gradient);
          different += (gradient != explicit_gradient).count();
          entries += layout.parameters();
        }
      }
    add("The fast way, which leaves out what the mask would zero, gives the bits of the explicit way.",
        verdict_of(different == 0),
        fmt::format("{} strategies, 3 labels, float: of {} gradient entries {} differ", std::size(strategy_rows),
                    entries, different));
  }

  Flat<float> trained(const RunConfig& config) const {
    Trainer trainer(config, lab_.data);
    run(trainer, config);
    return trainer.parameters();
  }

  void threads() {
    const int before = threads_in_use();
    RunConfig config = lab_.config;
    config.labels.undiscovered = 0.2;
    use_threads(1);
    const Flat<float> one = trained(config);
    Index different = 0;
    for (const int count : {2, 3, 8}) {
      use_threads(count);
      different += (trained(config) != one).count();
    }
    use_threads(before);
    add("1, 2, 3 and 8 threads give the same bits.", verdict_of(different == 0),
        fmt::format("{} steps: {} parameters of {} differ", config.steps, different, one.size()));
  }

  void resumption() {
    RunConfig config = lab_.config;
    config.labels.undiscovered = 0.2;
    config.optimizer = "split";
    const Flat<float> whole = trained(config);
    const fs::path file = lab_.folder / "checkpoint";
    {
      Trainer first(config, lab_.data);
      while (first.next_step() < config.steps / 2) step(first, config);
      first.save(file);
    }
    Trainer second(config, lab_.data);
    second.restore(file);
    run(second, config);
    const Index different = (second.parameters() != whole).count();
    add("A run that was stopped and resumed ends with the bits of one that was not.", verdict_of(different == 0),
        fmt::format("stopped after {} of {} steps: {} parameters of {} differ", config.steps / 2, config.steps,
                    different, whole.size()));
  }

  void order_of_documents() {
    const Specimen s = specimen();
    const Layout layout(s.config);
    Flat<double> parameters = specimen_parameters(layout, 1);
    Network<double> network(s.config, layout);
    Batch turned;
    for (Index d = s.batch.documents(); d-- > 0;) {
      const Span span = s.batch.document(d);
      turned.tokens.insert(turned.tokens.end(), s.batch.tokens.begin() + span.begin, s.batch.tokens.begin() + span.end);
      turned.offsets.push_back(turned.size());
    }
    const double a = network.mean_loss(parameters, s.batch), b = network.mean_loss(parameters, turned),
                 difference = std::abs(a - b) / a;
    add("Documents in another order change the loss by rounding only.", verdict_of(difference < 1e-14),
        fmt::format("in double, {} documents turned around: relative difference {:.1e}", s.batch.documents(),
                    difference));
  }

  void absorbed_shares() {
    RunConfig config = lab_.config;
    config.optimizer = "split";
    config.labels.undiscovered = 0.2;
    config.steps = size_.steps;
    config.batch = measured_batch;
    Trainer trainer(config, lab_.data);
    const double all = static_cast<double>(trainer.layout().parameters());
    const auto shares = [&](const char* source) {
      std::vector<double> values;
      for (const DocumentGradient& gradient :
           document_gradients(trainer.network(), trainer.layout(), trainer.partition(), config.split,
                              trainer.parameters(), *lab_.data.parts.at(source).held_out, 50))
        values.push_back(gradient.absorbed_share());
      return spread_of(values);
    };
    const auto text = [&] {
      const Spread forget = shares("forget"), retain = shares("retain");
      return fmt::format("{:.2f} ± {:.2f} for forget documents, {:.2f} ± {:.2f} for retain documents", forget.mean,
                         forget.deviation, retain.mean, retain.deviation);
    };
    const std::string start = text();
    run(trainer, config);
    add("Absorption: how much of an unlabeled document's gradient falls on forget parameters.", Verdict::measured,
        fmt::format("share of the squared gradient norm on forget parameters ({:.0f} % of all), no masks, held-out "
                    "documents, mean ± standard deviation over documents: after {} steps {}; before training {}",
                    100 * static_cast<double>(sgtm::size(trainer.partition().forget)) / all, size_.steps, text(),
                    start));
  }

  InvariantSize size_;
  const OptimizerFault* fault_;
  Laboratory lab_;
  std::vector<Invariant> found_;
};

}  // namespace

std::vector<Invariant> verify_invariants(const InvariantSize& size, const OptimizerFault* fault) {
  return Invariants(size, fault)();
}

}  // namespace sgtm
