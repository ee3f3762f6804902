// Masks, entry by entry, against the specification, which states them a second time.

#include "sgtm/partition.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "sgtm/ablation.hpp"
#include "sgtm/plan.hpp"
#include "tests/support/small_model.hpp"
#include "verify/specification.hpp"

using namespace sgtm;

namespace {

struct Case {
  SplitConfig split;
  const char* what;
};
const Case cases[] = {
    {{1, 5, {}, false}, "all blocks"},           {{2, 7, {1}, false}, "one block"},
    {{1, 5, {0, 2}, true}, "embeddings masked"}, {{0, 0, {}, false}, "nothing forget"},
    {{4, 24, {}, true}, "everything forget"},    {{1, 5, {1}, false, true}, "joint parameters masked"}};

}  // namespace

TEST_CASE("partition: every entry of every tensor has the owner that the method gives it, and one only") {
  const ModelConfig config = small_config();
  const Layout layout(config);
  for (const Case& in : cases)
    for (const Strategy& strategy : strategies) {
      CAPTURE(in.what);
      CAPTURE(strategy.name);
      const Partition partition = make_partition(layout, config, in.split, strategy);
      Flat<double> counted = Flat<double>::Zero(layout.size), owner = counted;
      for (const Owner o : owners)
        for_each_range(partition.of(o), [&](Index offset, Index size) {
          counted.segment(offset, size) += 1;
          owner.segment(offset, size) = static_cast<double>(o);
        });
      Index wrong = 0;
      for (const Tensor* t : layout.tensors())
        for (Index r = 0; r < t->rows; ++r)
          for (Index c = 0; c < t->columns; ++c) {
            const Index at = t->offset + r * t->columns + c;
            wrong += counted[at] != 1 || owner[at] != static_cast<double>(specification::owner_of(
                                                          t->name, r, c, config, in.split, strategy.name));
          }
      CHECK(wrong == 0);
      CHECK(size(partition.forget) + size(partition.retain) + size(partition.joint) == layout.parameters());
    }
}

TEST_CASE("ablation: zeroes the forget entries and no other; twice is once; redrawing changes the same entries") {
  const ModelConfig config = small_config();
  const Layout layout(config);
  const SplitConfig split{1, 5, {0, 2}, false};
  const Partition partition = make_partition(layout, config, split, strategy_named("sgtm"));
  const Flat<double> before = small_parameters<double>(config, layout);
  Flat<double> ablated = before, redrawn = before;
  ablate(ablated, partition);
  redraw(redrawn, partition, 1);
  Flat<double> is_forget = Flat<double>::Zero(layout.size);
  for_each_range(partition.forget, [&](Index offset, Index size) { is_forget.segment(offset, size).setOnes(); });
  CHECK(((ablated == 0) || (is_forget == 0)).all());
  CHECK(((ablated == before) || (is_forget == 1)).all());
  CHECK((((redrawn != before).cast<double>() == is_forget)).all());
  Flat<double> twice = ablated;
  ablate(twice, partition);
  CHECK((twice == ablated).all());
  // Redrawn entries are as large as the retain part of their tensor.
  const Tensor& w = layout.blocks[0].w_1;
  const double retain = matrix(ablated, w).leftCols(19).norm() / std::sqrt(16.0 * 19),
               forget = matrix(redrawn, w).rightCols(5).norm() / std::sqrt(16.0 * 5);
  CHECK(forget == doctest::Approx(retain).epsilon(0.3).scale(0));
  // And only of their own tensor: another one's size does not matter.
  Flat<double> scaled = before;
  matrix(scaled, layout.blocks[0].w_q) *= 100;
  redraw(scaled, partition, 1);
  CHECK(matrix(scaled, w) == matrix(redrawn, w));
}

TEST_CASE("plan: activation masks, gradient mask and trainable owners of every strategy and label") {
  const ModelConfig config = small_config();
  const Layout layout(config);
  const SplitConfig split{1, 5, {1}, false};
  // The paper's; what else the table may have, src/verify/specification.cpp states.
  for (const char* of_paper :
       {"none", "sgtm", "sgtm_joint_projection", "sgtm_joint_mlp_projection", "sgtm_joint_attn_projection",
        "sgtm_joint_attention", "gradient_routing", "activation_masking"}) {
    const Strategy& strategy = strategy_named(of_paper);
    const Partition partition = make_partition(layout, config, split, strategy);
    for (const Label label : labels) {
      CAPTURE(strategy.name);
      CAPTURE(name(label));
      const auto masks = plan<double>(strategy, label, partition, config, split);
      const bool on_forget = label == Label::forget && strategy.splits,
                 on_retain = label == Label::retain && strategy.splits;
      const std::string s = strategy.name;
      const bool zeroes_retain = on_forget && s == "activation_masking",
                 stops_gradient_at_retain = on_forget && (zeroes_retain || s == "gradient_routing");
      for (Index block = 0; block < config.blocks; ++block) {
        const bool masked = block == 1;
        const auto check_mask = [&](const UnitMask<double>& mask, Index forget, bool retain_zeroed,
                                    bool forget_zeroed) {
          for (Index i = 0; i < mask.factor.size(); ++i) {
            const bool is_forget = i >= mask.factor.size() - forget;
            CHECK(mask.factor[i] == (masked && (is_forget ? forget_zeroed : retain_zeroed) ? 0 : 1));
          }
        };
        const auto b = static_cast<std::size_t>(block);
        const bool heads = s != "sgtm_joint_attention";
        check_mask(masks.activation.forward[b].units, 5, zeroes_retain, on_retain);
        check_mask(masks.activation.backward[b].units, 5, stops_gradient_at_retain, on_retain);
        check_mask(masks.activation.forward[b].heads, 1, zeroes_retain, on_retain && heads);
        check_mask(masks.activation.backward[b].heads, 1, stops_gradient_at_retain, on_retain && heads);
      }
      CHECK(size(masks.gradient_mask) == (on_forget && s.starts_with("sgtm") ? size(partition.retain) : 0));
      CHECK(masks.trainable.size() == (on_forget || on_retain ? 2u : 3u));
    }
  }
}

TEST_CASE("split: more than there is is refused") {
  const ModelConfig config = small_config();
  CHECK_THROWS_WITH_AS(check(SplitConfig{5, 1, {}, false}, config),
                       doctest::Contains("--forget-heads 5: each block has 4 heads"), Error);
  CHECK_THROWS_WITH_AS(check(SplitConfig{1, 25, {}, false}, config),
                       doctest::Contains("--forget-units 25: each block has 24"), Error);
  CHECK_THROWS_WITH_AS(check(SplitConfig{1, 1, {3}, false}, config),
                       doctest::Contains("--masked-blocks 3: the model has blocks 0 to 2"), Error);
  CHECK_THROWS_WITH_AS(strategy_named("sgmt"), doctest::Contains("there are none, sgtm,"), Error);
}
