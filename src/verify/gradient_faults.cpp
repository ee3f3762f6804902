#include <algorithm>

#include "verify/gradients.hpp"

namespace sgtm {
namespace {

using Subject = GradientSubject;
using TensorOf = Tensor BlockLayout::*;

/// Whether a range lies in one of these tensors of some block.
bool is_in(const TensorRange& range, const Layout& layout, std::initializer_list<TensorOf> tensors) {
  return std::any_of(layout.blocks.begin(), layout.blocks.end(), [&](const BlockLayout& block) {
    return std::any_of(tensors.begin(), tensors.end(), [&](TensorOf t) { return range.tensor == &(block.*t); });
  });
}

void unmask(Subject& s, std::initializer_list<TensorOf> tensors) {
  std::erase_if(s.masks.gradient_mask, [&](const TensorRange& range) { return is_in(range, *s.layout, tensors); });
}

void mask(Subject& s, const Tensor& t) {
  s.masks.gradient_mask.push_back({&t, {0, t.rows}, {0, t.columns}});
}

bool on_forget(const Subject& s) {
  return s.label == Label::forget && s.strategy->splits;
}

void keep_all(std::vector<BlockMask<double>>& masks) {
  for (BlockMask<double>& block : masks) {
    block.heads.factor.setOnes();
    block.units.factor.setOnes();
  }
}

/// Moves the forget part from the end of the heads, or units, to their front.
void turn(Subject& s, bool heads) {
  for (auto* masks : {&s.masks.activation.forward, &s.masks.activation.backward})
    for (BlockMask<double>& block : *masks) (heads ? block.heads : block.units).factor.reverseInPlace();
  const auto reverse = [](IndexRange& some, Index all) { some = {all - some.end, all - some.begin}; };
  for (TensorRange& range : s.masks.gradient_mask) {
    if (heads && is_in(range, *s.layout, {&BlockLayout::w_q, &BlockLayout::w_k, &BlockLayout::w_v}))
      reverse(range.columns, range.tensor->columns);
    if (heads && is_in(range, *s.layout, {&BlockLayout::w_o})) reverse(range.rows, range.tensor->rows);
    if (!heads && is_in(range, *s.layout, {&BlockLayout::w_1, &BlockLayout::b_1}))
      reverse(range.columns, range.tensor->columns);
    if (!heads && is_in(range, *s.layout, {&BlockLayout::w_2})) reverse(range.rows, range.tensor->rows);
  }
}

/// The retain rows of W_O and W_2 get no gradient either.
void stop_after_projection(Subject& s) {
  if (!on_forget(s) || s.strategy->stop_gradient != Part::retain) return;
  for (std::size_t i = 0; i < s.layout->blocks.size(); ++i) {
    if (!s.split.masks(static_cast<Index>(i))) continue;
    const BlockLayout& b = s.layout->blocks[i];
    s.masks.gradient_mask.push_back(
        {&b.w_o, {0, b.w_o.rows - s.split.forget_heads * s.config.head_width()}, {0, b.w_o.columns}});
    s.masks.gradient_mask.push_back({&b.w_2, {0, b.w_2.rows - s.split.forget_units}, {0, b.w_2.columns}});
  }
}

}  // namespace

const std::vector<GradientFault> gradient_faults{
    {"w_o-unmasked", "the retain rows of W_O are left out of the mask", nullptr,
     [](Subject& s) { unmask(s, {&BlockLayout::w_o}); }},
    {"w_2-unmasked", "the retain rows of W_2 are left out of the mask", nullptr,
     [](Subject& s) { unmask(s, {&BlockLayout::w_2}); }},
    {"b_o-forgotten", "b_O is left out of the mask", nullptr, [](Subject& s) { unmask(s, {&BlockLayout::b_o}); }},
    {"b_2-forgotten", "b_2 is left out of the mask", nullptr, [](Subject& s) { unmask(s, {&BlockLayout::b_2}); }},
    {"b_1-forgotten", "b_1 is left out of the mask", nullptr, [](Subject& s) { unmask(s, {&BlockLayout::b_1}); }},
    {"qkv-unmasked", "W_Q, W_K and W_V are left out of the mask", nullptr,
     [](Subject& s) {
       unmask(s, {&BlockLayout::w_q, &BlockLayout::w_k, &BlockLayout::w_v});
     }},
    {"mask-transposed", "the mask of W_O hits columns instead of rows", nullptr,
     [](Subject& s) {
       for (TensorRange& range : s.masks.gradient_mask)
         if (is_in(range, *s.layout, {&BlockLayout::w_o})) std::swap(range.rows, range.columns);
     }},
    {"forget-heads-first", "the forget heads are taken from the front", nullptr, [](Subject& s) { turn(s, true); }},
    {"forget-units-first", "the forget units are taken from the front", nullptr, [](Subject& s) { turn(s, false); }},
    {"joint-norms-frozen", "batches labeled forget do not train the layer norms, though they are joint", nullptr,
     [](Subject& s) {
       if (on_forget(s))
         for (const BlockLayout& b : s.layout->blocks) {
           mask(s, b.norm_1_gain), mask(s, b.norm_1_bias);
           mask(s, b.norm_2_gain), mask(s, b.norm_2_bias);
         }
     }},
    {"joint-embedding-frozen", "batches labeled forget do not train the embedding, though it is joint", nullptr,
     [](Subject& s) {
       if (on_forget(s)) mask(s, s.layout->embedding);
     }},
    {"stop-after-w_2", "gradient routing stops the gradient after W_2 and W_O, not before", nullptr,
     stop_after_projection},
    {"stop-missing", "nothing is stopped on the way back", nullptr,
     [](Subject& s) {
       if (on_forget(s)) keep_all(s.masks.activation.backward);
     }},
    {"retain-forward-unmasked", "batches labeled retain run with the forget heads and units on", nullptr,
     [](Subject& s) {
       if (s.label == Label::retain) keep_all(s.masks.activation.forward), keep_all(s.masks.activation.backward);
     }},
    {"unlabeled-as-forget", "unlabeled batches are masked like batches labeled forget",
     [](Subject& s) {
       if (s.label == Label::unlabeled) s.label = Label::forget;
     },
     nullptr},
    {"labels-swapped", "batches labeled forget are treated as retain and retain as forget",
     [](Subject& s) {
       if (s.label != Label::unlabeled) s.label = s.label == Label::forget ? Label::retain : Label::forget;
     },
     nullptr},
    {"masked-blocks-ignored", "every block is split", [](Subject& s) { s.split.masked_blocks.clear(); }, nullptr},
    {"forget-gradient-ignored", "the forget part's gradient is whole on batches labeled forget",
     [](Subject& s) { s.split.forget_gradient = 1; }, nullptr},
    {"one-head-only", "only one of the forget heads is treated as such", [](Subject& s) { s.split.forget_heads = 1; },
     nullptr},
    {"loss-not-averaged", "backward misses the 1/n of the mean loss", nullptr,
     [](Subject& s) { s.scale = static_cast<double>(predicted_tokens(s.batch)); }},
    {"all-tokens-counted", "the loss is divided by all tokens, not by the predicted ones", nullptr,
     [](Subject& s) {
       s.scale = static_cast<double>(predicted_tokens(s.batch)) / static_cast<double>(s.batch.size());
     }},
    {"gradient-not-zeroed", "the gradient of the last batch is still in the array", nullptr,
     [](Subject& s) { s.scale = 2; }},
    {"window-off-by-one", "local attention sees one token too many", [](Subject& s) { ++s.config.window; }, nullptr},
    {"scores-scaled", "attention scores are divided by the root of the head's width",
     [](Subject& s) { s.config.scaled_scores = true; }, nullptr},
    {"documents-joined", "documents of a batch see each other",
     [](Subject& s) {
       s.batch.offsets = {0, s.batch.size()};
     },
     nullptr},
};

}  // namespace sgtm
