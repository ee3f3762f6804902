#include "report/mask_picture.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sgtm/plan.hpp"

namespace sgtm {
namespace {

/// How an entry fares on a batch of some label.
enum class Fate { learns, frozen, silent };

const char* style_class(Owner owner, Fate fate) {
  if (fate == Fate::silent) return "silent";
  if (fate == Fate::frozen) return "frozen";
  return owner == Owner::forget ? "forget" : owner == Owner::retain ? "retain" : "joint";
}

struct Picture {
  const RunConfig& config;
  const Layout& layout;
  const Partition& partition;
  std::string svg;

  bool frozen(const Slab& slab, const Region& region) const {
    return std::any_of(region.begin(), region.end(), [&](const Slab& f) {
      return f.tensor == slab.tensor && f.rows == slab.rows && f.columns == slab.columns;
    });
  }

  /// Whether the gates of a label close the part that a slab belongs to.
  static bool closed(const std::vector<BlockGate<float>>& gates, std::size_t block, bool attention, Owner owner) {
    const Gate<float>& gate = attention ? gates[block].heads : gates[block].units;
    if (gate.factor.size() == 0) return false;
    return owner == Owner::forget ? gate.factor[gate.factor.size() - 1] == 0 : gate.factor[0] == 0;
  }

  void tensor(const Tensor& t, const char* label, double x, double y, double width, double height,
              const MaskPlan<float>& masks, std::size_t block, bool attention, bool bias) {
    for (const Owner owner : owners) {
      for (const Slab& slab : partition.of(owner)) {
        if (slab.tensor != &t || slab.rows.size() == 0 || slab.columns.size() == 0) continue;
        const auto scale = [](Index i, Index all, double extent) {
          return extent * static_cast<double>(i) / static_cast<double>(all);
        };
        const bool off = !bias && owner != Owner::joint &&
                         (closed(masks.gates.forward, block, attention, owner) ||
                          closed(masks.gates.backward, block, attention, owner));
        const Fate fate = off ? Fate::silent : frozen(slab, masks.frozen) ? Fate::frozen : Fate::learns;
        svg += fmt::format(
            R"(<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}: {} entries, {}</title></rect>)",
            style_class(owner, fate), x + scale(slab.columns.begin, t.columns, width),
            y + scale(slab.rows.begin, t.rows, height), scale(slab.columns.size(), t.columns, width),
            scale(slab.rows.size(), t.rows, height), t.name, slab.rows.size() * slab.columns.size(),
            fate == Fate::silent   ? "silent"
            : fate == Fate::frozen ? "frozen"
                                   : fmt::format("learns ({})", name(owner)));
        svg += "\n";
      }
    }
    svg += fmt::format(
        R"(<rect class="edge" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/><text x="{:.1f}" y="{:.1f}">{}</text>)",
        x, y, width, height, x, y - 4, label);
    svg += "\n";
  }

  void row(Label label, double y) {
    const auto masks =
        plan<float>(strategy_named(config.strategy), label, partition, layout, config.model, config.split);
    const auto block = static_cast<std::size_t>(config.split.first_masked_block());
    const BlockLayout& b = layout.blocks[block];
    constexpr double d = 64, m = 128, gap = 18;
    svg += fmt::format("<text class=\"label\" x=\"8\" y=\"{:.1f}\">{} batch</text>\n", y - 26, name(label));
    double x = 8;
    const auto put = [&](const Tensor& t, const char* title, double width, double height, bool attention,
                         bool bias = false) {
      tensor(t, title, x, y, width, height, masks, block, attention, bias);
      x += width + gap;
    };
    put(layout.embedding, "E", 40, m, true, true);
    put(b.norm_1_gain, "norm", 40, 10, true, true);
    put(b.w_q, "W_Q", d, d, true);
    put(b.w_k, "W_K", d, d, true);
    put(b.w_v, "W_V", d, d, true);
    put(b.w_o, "W_O", d, d, true);
    put(b.b_o, "b_O", d, 10, true, true);
    put(b.w_1, "W_1", m, d, false);
    put(b.b_1, "b_1", m, 10, false);
    put(b.w_2, "W_2", d, m, false);
    put(b.b_2, "b_2", d, 10, false, true);
  }
};

constexpr const char* style = R"(<style>
text{font:12px system-ui,sans-serif;fill:#333}.label{font-weight:600;font-size:14px}
.forget{fill:#d1495b}.retain{fill:#2e86ab}.joint{fill:#8d99ae}.frozen{fill:#dfe3e8}.silent{fill:#fff}
.edge{fill:none;stroke:#555;stroke-width:1}
@media(prefers-color-scheme:dark){text{fill:#ddd}.frozen{fill:#444c56}.silent{fill:#16191d}.edge{stroke:#999}}
</style>
)";

}  // namespace

std::string mask_picture(const RunConfig& config) {
  const Layout layout(config.model);
  const Partition partition = make_partition(layout, config.model, config.split, strategy_named(config.strategy));
  Picture picture{config, layout, partition, ""};
  double y = 60;
  for (const Label label : labels) {
    picture.row(label, y);
    y += 200;
  }
  const std::pair<const char*, const char*> legend[] = {{"forget", "forget, learns"},
                                                        {"retain", "retain, learns"},
                                                        {"joint", "joint, learns"},
                                                        {"frozen", "frozen: its gradient is set to 0"},
                                                        {"silent", "silent: no activation, no gradient"}};
  double x = 8;
  for (const auto& [kind, text] : legend) {
    picture.svg += fmt::format(
        "<rect class=\"{}\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"14\" height=\"14\"/><rect class=\"edge\" x=\"{:.0f}\" "
        "y=\"{:.0f}\" width=\"14\" height=\"14\"/><text x=\"{:.0f}\" y=\"{:.0f}\">{}</text>\n",
        kind, x, y - 40, x, y - 40, x + 20, y - 28, text);
    x += 30 + 7.0 * static_cast<double>(std::string(text).size());
  }
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 990 {:.0f}\" role=\"img\" aria-label=\"What every batch "
      "label does to the matrices of a block, strategy {}\">\n{}{}</svg>\n",
      y, config.strategy, style, picture.svg);
}

}  // namespace sgtm
