#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "model/network.hpp"
#include "sgtm/ablation.hpp"
#include "sgtm/skip.hpp"
#include "train/masked_gradient.hpp"
#include "verify/invariants.hpp"
#include "verify/specimen.hpp"

namespace sgtm {

Index splitting_strategies() {
  return std::count_if(std::begin(strategies), std::end(strategies), [](const Strategy& s) { return s.splits; });
}

Index differing(const Flat<float>& a, const Flat<float>& b, const Ranges& ranges) {
  Index count = 0;
  for_each_range(
      ranges, [&](Index offset, Index size) { count += (a.segment(offset, size) != b.segment(offset, size)).count(); });
  return count;
}

Invariant retain_batch_is_ablated_model() {
  const Specimen s = specimen();
  const Layout layout(s.config);
  Index numbers = 0, different = 0;
  for (const Strategy& strategy : strategies) {
    if (!strategy.splits) continue;
    const Partition partition = make_partition(layout, s.config, s.split, strategy);
    Flat<float> parameters = specimen_parameters(layout, 1).cast<float>(), ablated = parameters;
    ablate(ablated, partition);
    Network<float> network(s.config, layout);
    network.keep_hidden(true);
    network.forward(parameters, s.batch,
                    plan<float>(strategy, Label::retain, partition, s.config, s.split).activation.forward);
    const std::vector<Matrix<float>> hidden = network.hidden();
    const Row<float> losses = network.token_losses(parameters);
    network.forward(ablated, s.batch, network.keep_all().forward);
    for (std::size_t i = 0; i < hidden.size(); ++i) {
      numbers += hidden[i].size();
      different += (hidden[i].array() != network.hidden()[i].array()).count();
    }
    numbers += losses.size();
    different += (losses.array() != network.token_losses(ablated).array()).count();
  }
  return {"The forward pass of a batch labeled retain is the forward pass of the ablated model.",
          verdict_of(different == 0),
          fmt::format("{} strategies: of {} hidden numbers and losses, {} differ", splitting_strategies(), numbers,
                      different)};
}

Invariant ablation_zeroes_the_forget_part() {
  const Specimen s = specimen();
  const Layout layout(s.config);
  Index touched = 0, left = 0, again = 0, entries = 0;
  for (const Strategy& strategy : strategies) {
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
  return {"Ablating twice is ablating once; ablation zeroes every forget entry and touches no retain or joint entry.",
          verdict_of(touched + left + again == 0),
          fmt::format("{} strategies, {} entries: {} changed by the second ablation, {} retain or joint ones touched, "
                      "{} forget ones not zero",
                      std::size(strategies), entries, again, touched, left)};
}

Invariant empty_forget_part_is_none() {
  Specimen s = specimen();
  s.split.forget_heads = s.split.forget_units = 0;
  const Layout layout(s.config);
  Flat<float> parameters = specimen_parameters(layout, 1).cast<float>();
  Network<float> network(s.config, layout);
  const auto gradient = [&](const char* strategy_name, Label label) {
    const Strategy& strategy = strategy_named(strategy_name);
    const auto masks =
        plan<float>(strategy, label, make_partition(layout, s.config, s.split, strategy), s.config, s.split);
    Flat<float> g;
    masked_gradient<float>(network, parameters, {&s.batch, 1}, masks, g);
    return g;
  };
  Index different = 0;
  for (const Label label : {Label::unlabeled, Label::retain})
    different += (gradient("sgtm", label) != gradient("none", label)).count();
  const Partition partition = make_partition(layout, s.config, s.split, strategy_named("sgtm"));
  const Flat<float> on_forget = gradient("sgtm", Label::forget), nothing = Flat<float>::Zero(layout.size);
  const Index outside = differing(on_forget, nothing, partition.retain) + sgtm::size(partition.forget),
              joint = differing(on_forget, nothing, partition.joint);
  return {
      "`sgtm` with an empty forget part is `none` on retain and unlabeled batches, and moves only joint entries on "
      "batches labeled forget.",
      verdict_of(different == 0 && outside == 0 && joint > 0),
      fmt::format(
          "{} gradient entries differ; on a batch labeled forget {} of {} joint entries have a gradient and {} others",
          different, joint, sgtm::size(partition.joint), outside)};
}

Invariant skipping_changes_no_bit() {
  Specimen s = specimen();
  const Layout layout(s.config);
  Flat<float> parameters = specimen_parameters(layout, 1).cast<float>();
  Network<float> network(s.config, layout);
  Index different = 0, entries = 0;
  for (const Strategy& strategy : strategies)
    for (const bool mask_embeddings : {false, true}) {
      if (mask_embeddings && !strategy.splits) continue;
      s.split.mask_embeddings = mask_embeddings;
      const Partition partition = make_partition(layout, s.config, s.split, strategy);
      for (const Label label : labels) {
        const auto masks = plan<float>(strategy, label, partition, s.config, s.split);
        Flat<float> gradient, skipped;
        masked_gradient<float>(network, parameters, {&s.batch, 1}, masks, gradient);
        masked_gradient<float>(network, parameters, {&s.batch, 1}, skip_masked_work(masks, layout, s.config), skipped);
        different += (gradient != skipped).count();
        entries += layout.parameters();
      }
    }
  return {"Leaving out what the masks would zero changes no bit of the gradient.", verdict_of(different == 0),
          fmt::format("{} strategies, 3 labels, float: of {} gradient entries {} differ", std::size(strategies),
                      entries, different)};
}

Invariant order_of_documents_is_rounding() {
  const Specimen s = specimen();
  const Layout layout(s.config);
  Flat<double> parameters = specimen_parameters(layout, 1);
  Network<double> network(s.config, layout);
  Batch turned;
  for (Index d = s.batch.documents(); d-- > 0;) {
    const IndexRange range = s.batch.document(d);
    turned.tokens.insert(turned.tokens.end(), s.batch.tokens.begin() + range.begin, s.batch.tokens.begin() + range.end);
    turned.offsets.push_back(turned.size());
  }
  const double a = network.mean_loss(parameters, s.batch), b = network.mean_loss(parameters, turned),
               difference = std::abs(a - b) / a;
  return {"Documents in another order change the loss by rounding only.", verdict_of(difference < 1e-14),
          fmt::format("in double, {} documents turned around: relative difference {:.1e}", s.batch.documents(),
                      difference)};
}

}  // namespace sgtm
