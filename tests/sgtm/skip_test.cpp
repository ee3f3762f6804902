// Leaving out work that the masks zero: what is left out, and that no bit of the masked gradient changes.

#include "sgtm/skip.hpp"

#include <doctest/doctest.h>

#include "tests/support/small_model.hpp"

using namespace sgtm;

namespace {

/// Forward and backward, and no gradient mask.
Flat<float> unmasked_gradient(const MaskPlan<float>& masks, const ModelConfig& config, const Layout& layout) {
  Flat<float> parameters = small_parameters<float>(config, layout), gradient = Flat<float>::Zero(layout.size);
  const Batch batch = small_batch();
  Network<float> network(config, layout);
  network.forward(parameters, batch, masks.activation.forward);
  network.backward(parameters, batch, masks.activation, masks.requires_grad, predicted_tokens(batch), gradient);
  return gradient;
}

Index computed(const UnitMask<float>& mask) {
  Index units = 0;
  for (const IndexRange& range : mask.computed) units += range.size();
  return units;
}

}  // namespace

TEST_CASE("skip: what is left out is what the gradient mask zeroes, and no bit of the rest changes") {
  const ModelConfig config = small_config();
  const Layout layout(config);
  for (const Strategy& strategy : strategies)
    for (const bool mask_embeddings : {false, true})
      for (const bool mask_joint : {false, true})
        for (const Label label : labels) {
          CAPTURE(strategy.name);
          CAPTURE(mask_embeddings);
          CAPTURE(mask_joint);
          CAPTURE(name(label));
          const SplitConfig split{1, 5, {0, 2}, mask_embeddings, mask_joint};
          const auto masks =
              plan<float>(strategy, label, make_partition(layout, config, split, strategy), config, split);
          const Flat<float> whole = unmasked_gradient(masks, config, layout),
                            skipped = unmasked_gradient(skip_masked_work(masks, layout, config), config, layout);
          Flat<float> is_masked = Flat<float>::Zero(layout.size);
          for_each_range(masks.gradient_mask, [&](Index offset, Index size) { is_masked.segment(offset, size) = 1; });
          CHECK(((whole == skipped) || (is_masked == 1 && skipped == 0)).all());
        }
}

TEST_CASE("skip: under plain sgtm a batch labeled forget computes no gradient of retain heads and units") {
  const ModelConfig config = small_config();
  const Layout layout(config);
  const SplitConfig split{1, 5, {0, 2}};
  const Strategy& sgtm = strategy_named("sgtm");
  const Partition partition = make_partition(layout, config, split, sgtm);
  const auto forget = plan<float>(sgtm, Label::forget, partition, config, split);
  const Flat<float> whole = unmasked_gradient(forget, config, layout),
                    skipped = unmasked_gradient(skip_masked_work(forget, layout, config), config, layout);
  for_each_range(partition.retain, [&](Index offset, Index size) {
    CHECK((skipped.segment(offset, size) == 0).all());
    CHECK((whole.segment(offset, size) != 0).any());  // so that the mask has something to do without the skip
  });
}

TEST_CASE("skip: embeddings and norms that the split masks are not computed, whatever else is joint") {
  const ModelConfig config = small_config();
  const Layout layout(config);
  for (const Strategy& strategy : strategies) {
    if (!strategy.splits) continue;
    CAPTURE(strategy.name);
    for (const bool mask_embeddings : {false, true}) {
      const SplitConfig split{1, 5, {0, 2}, mask_embeddings};
      const auto masks = skip_masked_work(
          plan<float>(strategy, Label::forget, make_partition(layout, config, split, strategy), config, split), layout,
          config);
      CHECK(masks.requires_grad.embeddings == !mask_embeddings);
      for (std::size_t block = 0; block < 3; ++block)
        CHECK(masks.requires_grad.blocks[block].norms == !(mask_embeddings && block != 1));
    }
  }
}

TEST_CASE("skip: heads and units whose activation or gradient is zeroed are not computed") {
  const ModelConfig config = small_config();
  const Layout layout(config);
  const SplitConfig split{1, 5, {0, 2}};
  for (const char* name : {"sgtm", "gradient_routing", "activation_masking"}) {
    CAPTURE(name);
    const Strategy& strategy = strategy_named(name);
    const Partition partition = make_partition(layout, config, split, strategy);
    const auto of = [&](Label label, bool skip) {
      const auto masks = plan<float>(strategy, label, partition, config, split);
      return skip ? skip_masked_work(masks, layout, config) : masks;
    };
    for (const Label label : labels) {
      const auto all = of(label, false), some = of(label, true);
      for (std::size_t block = 0; block < 3; ++block) {
        CHECK(computed(all.activation.forward[block].heads) == config.heads);
        CHECK(computed(all.activation.backward[block].units) == config.mlp_width);
        CHECK(computed(some.activation.forward[block].units) == some.activation.forward[block].units.factor.sum());
        CHECK(computed(some.activation.backward[block].heads) == some.activation.backward[block].heads.factor.sum());
      }
    }
  }
}
