// Every strategy, label and optimizer, over several steps, against a naive reference: the masks of the paper applied to
// whole gradients of a network whose weights and activations are masked by hand, and AdamW written out per entry.

#include <doctest/doctest.h>

#include "sgtm/plan.hpp"
#include "tests/support/small_model.hpp"
#include "train/adamw.hpp"

using namespace sgtm;

namespace {

struct Entry {
  double m = 0, v = 0;
};

/// AdamW on one entry at its t-th step.
void adamw_step(double& p, double g, Entry& e, double t, double rate) {
  e.m = 0.9 * e.m + 0.1 * g;
  e.v = 0.95 * e.v + 0.05 * g * g;
  const double m = e.m / (1 - std::pow(0.9, t)), v = e.v / (1 - std::pow(0.95, t));
  p = p - rate * 0.1 * p - rate * m / (std::sqrt(v) + 1e-8);
}

}  // namespace

TEST_CASE(
    "steps: all strategies x labels x optimizers agree with a naive reference, and the fast way with the explicit one "
    "to the bit") {
  const ModelConfig config = small_config();
  const Layout layout(config);
  for (const bool mask_embeddings : {false, true})
    for (const StrategyRow& strategy : strategy_rows)
      for (const bool split_optimizer : {false, true}) {
        if (!strategy.splits && (split_optimizer || mask_embeddings)) continue;
        const SplitConfig split{1, 5, {0, 2}, mask_embeddings};
        CAPTURE(strategy.name);
        CAPTURE(split_optimizer);
        CAPTURE(mask_embeddings);
        const Partition partition = make_partition(layout, config, split, strategy);
        Flat<double> parameters = small_parameters<double>(config, layout), reference = parameters;
        const auto make = [&] {
          return split_optimizer ? AdamW<double>({}, layout.size, partition) : AdamW<double>({}, layout.size);
        };
        AdamW<double> optimizer = make();
        Network<double> network(config, layout);
        std::vector<Entry> moments(static_cast<std::size_t>(layout.size));
        std::array<double, 3> group_steps{};
        double steps = 0;
        std::uint64_t batch_seed = 0;
        for (const Label label : {Label::forget, Label::unlabeled, Label::retain, Label::forget, Label::retain}) {
          CAPTURE(name(label));
          const Batch batch = small_batch(++batch_seed);
          const auto masks = plan<double>(strategy, label, partition, layout, config, split);
          const auto gradient_of = [&](const MaskPlan<double>& m, Flat<double>& p) {
            Flat<double> g = Flat<double>::Zero(layout.size);
            network.forward(p, batch, m.gates.forward);
            network.backward(p, batch, m.gates, m.wanted, predicted_tokens(batch), g);
            zero(g, m.frozen);
            return g;
          };
          const Flat<double> fast = gradient_of(masks, parameters);
          CHECK((fast == gradient_of(explicit_plan(masks), parameters)).all());
          optimizer.step(parameters, fast, masks.trainable, 1e-2);

          // The reference: explicit gradient, masked again by owner, entry by entry.
          Flat<double> g = gradient_of(explicit_plan(masks), reference);
          const bool freezes = label == Label::forget && strategy.splits && (strategy.freezes || mask_embeddings);
          ++steps;
          for (const Owner owner : owners) {
            const bool trains = !split_optimizer || label == Label::unlabeled || owner == Owner::joint ||
                                (owner == Owner::forget) == (label == Label::forget);
            double& t = split_optimizer ? group_steps[static_cast<std::size_t>(owner)] : steps;
            if (split_optimizer && trains) ++t;
            for_each_run(partition.of(owner), [&](Index offset, Index size) {
              for (Index i = offset; i < offset + size; ++i) {
                if (freezes && owner == Owner::retain) CHECK(g[i] == 0);
                if (label == Label::retain && owner == Owner::forget) CHECK(g[i] == 0);
                if (trains) adamw_step(reference[i], g[i], moments[static_cast<std::size_t>(i)], t, 1e-2);
              }
            });
          }
          CHECK((parameters - reference).matrix().norm() / reference.matrix().norm() < 1e-13);
        }
      }
}

TEST_CASE("steps: a retain batch runs forward as the ablated model does, to the bit") {
  const ModelConfig config = small_config();
  const Layout layout(config);
  const SplitConfig split{1, 5, {}, false};
  const Batch batch = small_batch();
  for (const StrategyRow& strategy : strategy_rows) {
    if (!strategy.splits) continue;
    CAPTURE(strategy.name);
    const Partition partition = make_partition(layout, config, split, strategy);
    Flat<float> parameters = small_parameters<float>(config, layout), ablated = parameters;
    zero(ablated, partition.forget);
    Network<float> network(config, layout);
    network.forward(parameters, batch,
                    plan<float>(strategy, Label::retain, partition, layout, config, split).gates.forward);
    const Row<float> gated = network.token_losses(parameters);
    network.forward(ablated, batch, network.open_gates().forward);
    CHECK(gated == network.token_losses(ablated));
  }
}
