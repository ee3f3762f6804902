// Every strategy, label and optimizer, over several steps, against a naive reference: the masks of the paper applied to
// whole gradients of a network whose weights and activations are masked by hand, and AdamW written out per entry.

#include <doctest/doctest.h>

#include "sgtm/skip.hpp"
#include "tests/support/small_model.hpp"
#include "train/masked_gradient.hpp"
#include "train/parameter_groups.hpp"

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
    "steps: all strategies x labels x optimizers agree with a naive reference, and leaving out masked work changes no "
    "bit") {
  const ModelConfig config = small_config();
  const Layout layout(config);
  for (const bool mask_embeddings : {false, true})
    for (const Strategy& strategy : strategies)
      for (const bool split_optimizer : {false, true}) {
        if (!strategy.splits && (split_optimizer || mask_embeddings)) continue;
        const SplitConfig split{1, 5, {0, 2}, mask_embeddings};
        CAPTURE(std::string(strategy.name));
        CAPTURE(split_optimizer);
        CAPTURE(mask_embeddings);
        const Partition partition = make_partition(layout, config, split, strategy);
        Flat<double> parameters = small_parameters<double>(config, layout), reference = parameters;
        const std::string groups = split_optimizer ? "split" : "joint";
        AdamW<double> optimizer({}, layout.size, parameter_groups(groups, layout.size, partition));
        Network<double> network(config, layout);
        std::vector<Entry> moments(static_cast<std::size_t>(layout.size));
        std::array<double, 3> group_steps{};
        double steps = 0;
        std::uint64_t batch_seed = 0;
        for (const Label label : {Label::forget, Label::unlabeled, Label::retain, Label::forget, Label::retain}) {
          CAPTURE(name(label));
          const Batch batch = small_batch(++batch_seed);
          const auto masks = plan<double>(strategy, label, partition, config, split);
          const auto gradient_of = [&](const MaskPlan<double>& m, Flat<double>& p) {
            Flat<double> g;
            masked_gradient<double>(network, p, {&batch, 1}, m, g);
            return g;
          };
          const Flat<double> skipped = gradient_of(skip_masked_work(masks, layout, config), parameters);
          CHECK((skipped == gradient_of(masks, parameters)).all());
          optimizer.step(parameters, skipped, groups_that_step(groups, masks.trainable), 1e-2);

          // The reference: the whole gradient, masked again by owner, entry by entry.
          const Flat<double> g = gradient_of(masks, reference);
          const bool masks_gradients =
              label == Label::forget && strategy.splits && (strategy.masks_gradient || mask_embeddings);
          ++steps;
          for (const Owner owner : owners) {
            const bool trains = !split_optimizer || label == Label::unlabeled || owner == Owner::joint ||
                                (owner == Owner::forget) == (label == Label::forget);
            double& t = split_optimizer ? group_steps[static_cast<std::size_t>(owner)] : steps;
            if (split_optimizer && trains) ++t;
            for_each_range(partition.of(owner), [&](Index offset, Index size) {
              for (Index i = offset; i < offset + size; ++i) {
                if (masks_gradients && owner == Owner::retain) CHECK(g[i] == 0);
                if (label == Label::retain && owner == Owner::forget) CHECK(g[i] == 0);
                if (trains) adamw_step(reference[i], g[i], moments[static_cast<std::size_t>(i)], t, 1e-2);
              }
            });
          }
          CHECK((parameters - reference).matrix().norm() / reference.matrix().norm() < 1e-13);
        }
      }
}

TEST_CASE("steps: a batch labeled retain runs forward as the ablated model does, to the bit") {
  const ModelConfig config = small_config();
  const Layout layout(config);
  const SplitConfig split{1, 5, {}, false};
  const Batch batch = small_batch();
  for (const Strategy& strategy : strategies) {
    if (!strategy.splits) continue;
    CAPTURE(std::string(strategy.name));
    const Partition partition = make_partition(layout, config, split, strategy);
    Flat<float> parameters = small_parameters<float>(config, layout), ablated = parameters;
    zero(ablated, partition.forget);
    Network<float> network(config, layout);
    network.forward(parameters, batch,
                    plan<float>(strategy, Label::retain, partition, config, split).activation.forward);
    const Row<float> masked = network.token_losses(parameters);
    network.forward(ablated, batch, network.keep_all().forward);
    CHECK(masked == network.token_losses(ablated));
  }
}
