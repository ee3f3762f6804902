#include "lab/report/pictures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lab/report/mask_text.hpp"
#include "lab/report/svg.hpp"
#include "sgtm/plan.hpp"

namespace sgtm {
namespace {

/// How an entry fares on a batch of some label. What is zeroed has no activation, so no gradient either; behind a
/// stop-gradient it acts as ever, but no gradient reaches it; what is masked has one, which is set to 0.
enum class Fate { learns, masked, stopped, zeroed };

const char* style_class(Owner owner, Fate fate) {
  return std::array{name(owner), "masked", "stopped", "zeroed"}[static_cast<std::size_t>(fate)];
}

/// Whose masks act on a tensor's entries.
enum class Through { heads, units, nothing };

struct Drawn {
  const Tensor& tensor;
  const char* label;
  double width, height;
  Through through;
};

/// Whether a mask closes an owner's part: forget heads and units come last, retain ones first.
bool closes(const BlockMask<float>& mask, Through through, Owner owner) {
  if (through == Through::nothing || owner == Owner::joint) return false;
  const auto& factor = through == Through::heads ? mask.heads.factor : mask.units.factor;
  return factor.size() > 0 && factor[owner == Owner::forget ? factor.size() - 1 : 0] == 0;
}

Fate fate_of(const TensorRange& range, Owner owner, const MaskPlan<float>& masks, std::size_t block, Through through) {
  if (closes(masks.activation.forward[block], through, owner)) return Fate::zeroed;
  if (closes(masks.activation.backward[block], through, owner)) return Fate::stopped;
  const Ranges& masked = masks.gradient_mask;
  return std::find(masked.begin(), masked.end(), range) != masked.end() ? Fate::masked : Fate::learns;
}

std::string told(Fate fate, Owner owner) {
  if (fate == Fate::learns) return fmt::format("learns ({})", name(owner));
  return std::array{"", "gradient masked", "gradient stopped", "activation zeroed"}[static_cast<std::size_t>(fate)];
}

/// One range as a rectangle in its tensor's, whose corner is (x, y).
std::string rectangle(const TensorRange& range, const Drawn& d, double x, double y, Owner owner, Fate fate) {
  const double column = d.width / static_cast<double>(d.tensor.columns),
               row = d.height / static_cast<double>(d.tensor.rows);
  return fmt::format(
      R"(<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}: {} entries, {}</title></rect>)"
      "\n",
      style_class(owner, fate), x + column * static_cast<double>(range.columns.begin),
      y + row * static_cast<double>(range.rows.begin), column * static_cast<double>(range.columns.size()),
      row * static_cast<double>(range.rows.size()), d.tensor.name, range.rows.size() * range.columns.size(),
      told(fate, owner));
}

/// What the masks of a label do, in words.
std::vector<std::string> words(const MaskPlan<float>& masks, std::size_t block) {
  std::vector<std::string> told{"activations zeroed:",  or_nothing(zeroed_text(masks.activation.forward[block])),
                                "gradient stopped at:", or_nothing(zeroed_text(masks.activation.backward[block])),
                                "gradient masked:",     masks.gradient_mask.empty() ? "nothing" : "all retain entries"};
  if (!masks.scaled.empty())
    told.insert(told.end(), {"gradient scaled:", fmt::format("forget entries, by {:g}", masks.scale)});
  return told;
}

constexpr double left = 12, row_height = 232;

/// What a batch of this label does to the first masked block.
std::string row(const MaskPlan<float>& masks, const Layout& layout, const Partition& partition, std::size_t block,
                Label label, double y) {
  const BlockLayout& b = layout.blocks[block];
  constexpr double d = 72, m = 144, thin = 10, gap = 20, embedding = 52;
  const std::vector<std::vector<Drawn>> columns = {
      {{layout.embedding, "E", embedding, m, Through::nothing},
       {b.norm_1_gain, "norm", embedding, thin, Through::nothing}},
      {{b.w_q, "W_Q", d, d, Through::heads}},
      {{b.w_k, "W_K", d, d, Through::heads}},
      {{b.w_v, "W_V", d, d, Through::heads}},
      {{b.w_o, "W_O", d, d, Through::heads}, {b.b_o, "b_O", d, thin, Through::nothing}},
      {{b.w_1, "W_1", m, d, Through::units}, {b.b_1, "b_1", m, thin, Through::units}},
      {{b.w_2, "W_2", d, m, Through::units}, {b.b_2, "b_2", d, thin, Through::nothing}}};
  std::string svg = svg_text("title", left, y, batch_text(label));
  double x = left;
  for (const auto& column : columns) {
    double top = y + 28;
    for (const Drawn& drawn : column) {
      svg += svg_text("small", x, top - 5, drawn.label);
      for (const Owner owner : owners)
        for (const TensorRange& range : partition.of(owner))
          if (range.tensor == &drawn.tensor && range.rows.size() > 0 && range.columns.size() > 0)
            svg += rectangle(range, drawn, x, top, owner, fate_of(range, owner, masks, block, drawn.through));
      svg += svg_rectangle("edge", x, top, drawn.width, drawn.height);
      top += drawn.height + 22;
    }
    x += column.front().width + gap;
  }
  for (double line = y + 42; const std::string& text : words(masks, block)) {
    const bool heading = text.ends_with(":");
    svg += svg_text(heading ? "small bold" : "small", x, line, text);
    line += heading ? 17 : 26;
  }
  return svg;
}

/// What is masked is hatched, what is behind a stop-gradient dotted, what is zeroed empty.
constexpr const char* style = R"(.picture .masked{fill:url(#masked)}.picture .stopped{fill:url(#stopped)}
.picture .zeroed{fill:#fff}.picture .paper{fill:#eef1f4}.picture .mark{fill:#57606a}
@media(prefers-color-scheme:dark){.picture .zeroed{fill:#0d1117}.picture .paper{fill:#262d35}.picture .mark{fill:#a8b1bb}}
)";
constexpr const char* patterns = R"svg(<defs><pattern id="masked" width="6" height="6" patternUnits="userSpaceOnUse"
patternTransform="rotate(45)"><rect class="paper" width="6" height="6"/><rect class="mark" width="1.2" height="6"/></pattern>
<pattern id="stopped" width="6" height="6" patternUnits="userSpaceOnUse"><rect class="paper" width="6" height="6"/><circle
class="mark" cx="3" cy="3" r="1.1"/></pattern></defs>
)svg";

/// The same in a sentence.
std::string told(const MaskPlan<float>& masks, std::size_t block, Label label) {
  std::string text = fmt::format(" A {}:", batch_text(label));
  for (const std::string& word : words(masks, block)) text += " " + word + (word.ends_with(":") ? "" : ";");
  text.back() = '.';
  return text;
}

}  // namespace

std::string mask_picture(const RunConfig& config) {
  const Layout layout(config.model);
  const Strategy& strategy = strategy_named(config.strategy);
  const Partition partition = make_partition(layout, config.model, config.split, strategy);
  const auto block = static_cast<std::size_t>(config.split.first_masked_block());
  std::string in_words =
      fmt::format("What a batch of each label does to the matrices of a block, strategy {}.", config.strategy);
  std::string svg = patterns + svg_legend({{"forget", "forget, learns"},
                                           {"retain", "retain, learns"},
                                           {"joint", "joint, learns"},
                                           {"masked", "acts; its gradient is set to 0"},
                                           {"stopped", "acts; no gradient reaches it"},
                                           {"zeroed", "its activation is set to 0"}},
                                          left, 12, 3);
  double y = 80;
  for (const Label label : labels) {
    const auto masks = plan<float>(strategy, label, partition, config.model, config.split);
    svg += row(masks, layout, partition, block, label, y);
    in_words += told(masks, block, label);
    y += row_height;
  }
  return svg_picture(y - 22, in_words, style, svg);
}

}  // namespace sgtm
