#include "report/mask_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sgtm/plan.hpp"

namespace sgtm {
namespace {

/// How an entry fares on a batch of some label. What is silent has no activation, so no gradient either; what is
/// stopped acts as ever, but no gradient reaches it; what is frozen has one, which is set to 0.
enum class Fate { learns, frozen, stopped, silent };

const char* name(Fate fate) {
  return std::array{"learns", "frozen", "stopped", "silent"}[static_cast<std::size_t>(fate)];
}

const char* style_class(Owner owner, Fate fate) {
  if (fate != Fate::learns) return name(fate);
  return name(owner);
}

/// Whose gates act on a tensor's entries.
enum class Through { heads, units, nothing };

struct Drawn {
  const Tensor& tensor;
  const char* label;
  double width, height;
  Through through;
};

/// Whether a gate closes an owner's part: forget heads and units come last, retain ones first.
bool closes(const Gate<float>& gate, Owner owner) {
  if (gate.factor.size() == 0) return false;
  return owner == Owner::forget ? gate.factor[gate.factor.size() - 1] == 0 : gate.factor[0] == 0;
}

bool closes(const BlockGate<float>& gate, Through through, Owner owner) {
  if (through == Through::nothing || owner == Owner::joint) return false;
  return closes(through == Through::heads ? gate.heads : gate.units, owner);
}

bool in(const Region& region, const Slab& slab) {
  return std::any_of(region.begin(), region.end(), [&](const Slab& other) {
    return other.tensor == slab.tensor && other.rows == slab.rows && other.columns == slab.columns;
  });
}

Fate fate_of(const Slab& slab, Owner owner, const MaskPlan<float>& masks, std::size_t block, Through through) {
  if (closes(masks.gates.forward[block], through, owner)) return Fate::silent;
  if (closes(masks.gates.backward[block], through, owner)) return Fate::stopped;
  return in(masks.frozen, slab) ? Fate::frozen : Fate::learns;
}

std::string told(Fate fate, Owner owner) {
  return fate == Fate::learns ? fmt::format("learns ({})", name(owner)) : name(fate);
}

/// One slab as a rectangle in its tensor's, whose corner is (x, y).
std::string rectangle(const Slab& slab, const Drawn& d, double x, double y, Owner owner, Fate fate) {
  const double column = d.width / static_cast<double>(d.tensor.columns),
               row = d.height / static_cast<double>(d.tensor.rows);
  return fmt::format(
      R"(<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}: {} entries, {}</title></rect>)"
      "\n",
      style_class(owner, fate), x + column * static_cast<double>(slab.columns.begin),
      y + row * static_cast<double>(slab.rows.begin), column * static_cast<double>(slab.columns.size()),
      row * static_cast<double>(slab.rows.size()), d.tensor.name, slab.rows.size() * slab.columns.size(),
      told(fate, owner));
}

std::string edge(const Drawn& d, double x, double y) {
  return fmt::format(
      R"(<rect class="edge" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/><text x="{:.1f}" y="{:.1f}">{}</text>)"
      "\n",
      x, y, d.width, d.height, x, y - 4, d.label);
}

/// What a batch of this label does to the first masked block.
std::string row(const RunConfig& config, const Layout& layout, const Partition& partition, Label label, double y) {
  const auto masks = plan<float>(strategy_named(config.strategy), label, partition, layout, config.model, config.split);
  const auto block = static_cast<std::size_t>(config.split.first_masked_block());
  const BlockLayout& b = layout.blocks[block];
  constexpr double d = 64, m = 128, thin = 10, gap = 18;
  const Drawn tensors[] = {{layout.embedding, "E", 40, m, Through::nothing},
                           {b.norm_1_gain, "norm", 40, thin, Through::nothing},
                           {b.w_q, "W_Q", d, d, Through::heads},
                           {b.w_k, "W_K", d, d, Through::heads},
                           {b.w_v, "W_V", d, d, Through::heads},
                           {b.w_o, "W_O", d, d, Through::heads},
                           {b.b_o, "b_O", d, thin, Through::nothing},
                           {b.w_1, "W_1", m, d, Through::units},
                           {b.b_1, "b_1", m, thin, Through::units},
                           {b.w_2, "W_2", d, m, Through::units},
                           {b.b_2, "b_2", d, thin, Through::nothing}};
  std::string svg = fmt::format("<text class=\"label\" x=\"8\" y=\"{:.1f}\">{} batch</text>\n", y - 26, name(label));
  double x = 8;
  for (const Drawn& drawn : tensors) {
    for (const Owner owner : owners)
      for (const Slab& slab : partition.of(owner))
        if (slab.tensor == &drawn.tensor && slab.rows.size() > 0 && slab.columns.size() > 0)
          svg += rectangle(slab, drawn, x, y, owner, fate_of(slab, owner, masks, block, drawn.through));
    svg += edge(drawn, x, y);
    x += drawn.width + gap;
  }
  return svg;
}

constexpr const char* style = R"(<style>
text{font:12px system-ui,sans-serif;fill:#333}.label{font-weight:600;font-size:14px}
.forget{fill:#d1495b}.retain{fill:#2e86ab}.joint{fill:#8d99ae}.frozen{fill:#dfe3e8}.stopped{fill:#f3ead2}
.silent{fill:#fff}
.edge{fill:none;stroke:#555;stroke-width:1}
@media(prefers-color-scheme:dark){text{fill:#ddd}.frozen{fill:#444c56}.stopped{fill:#5b5238}.silent{fill:#16191d}.edge{stroke:#999}}
</style>
)";

}  // namespace

std::string mask_picture(const RunConfig& config) {
  const Layout layout(config.model);
  const Partition partition = make_partition(layout, config.model, config.split, strategy_named(config.strategy));
  std::string svg;
  double y = 60;
  for (const Label label : labels) {
    svg += row(config, layout, partition, label, y);
    y += 200;
  }
  const std::pair<const char*, const char*> legend[] = {{"forget", "forget, learns"},
                                                        {"retain", "retain, learns"},
                                                        {"joint", "joint, learns"},
                                                        {"frozen", "frozen: gradient set to 0"},
                                                        {"stopped", "stopped: acts, gets no gradient"},
                                                        {"silent", "silent: does not act"}};
  double x = 8;
  for (const auto& [kind, text] : legend) {
    svg += fmt::format(
        "<rect class=\"{}\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"14\" height=\"14\"/><rect class=\"edge\" x=\"{:.0f}\" "
        "y=\"{:.0f}\" width=\"14\" height=\"14\"/><text x=\"{:.0f}\" y=\"{:.0f}\">{}</text>\n",
        kind, x, y - 40, x, y - 40, x + 20, y - 28, text);
    x += 30 + 6.3 * static_cast<double>(std::string(text).size());
  }
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 990 {:.0f}\" role=\"img\" aria-label=\"What every batch "
      "label does to the matrices of a block, strategy {}\">\n{}{}</svg>\n",
      y, config.strategy, style, svg);
}

}  // namespace sgtm
