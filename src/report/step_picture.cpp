#include "report/step_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "report/shade.hpp"

namespace sgtm {
namespace {

constexpr double cell = 3, gap = 16, left = 8;

/// One tensor's cells. Neighbours in a row that look the same are one stroke, and each look is one path, for a block
/// has thousands of entries.
std::string cells(const Flat<float>& values, const Tensor& t, const Partition& partition, double x, double y) {
  const auto all = values.segment(t.offset, t.size());
  const double typical = typical_size(all);
  std::map<std::string, std::string> paths;
  for (const Owner owner : owners) {
    for (const Slab& slab : partition.of(owner)) {
      if (slab.tensor != &t) continue;
      for (Index r = slab.rows.begin; r < slab.rows.end; ++r) {
        const auto look = [&](Index c) {
          const double value = std::abs(static_cast<double>(all[r * t.columns + c]));
          return value == 0 ? '0' : shade(value / typical);
        };
        for (Index c = slab.columns.begin, end; c < slab.columns.end; c = end) {
          for (end = c + 1; end < slab.columns.end && look(end) == look(c);) ++end;
          if (look(c) != '0')
            paths[fmt::format("{} s{}", name(owner), look(c))] += fmt::format("M{} {}h{}", c, r, end - c);
        }
      }
    }
  }
  std::string svg = fmt::format("<g transform=\"translate({:.0f} {:.0f}) scale({:.0f}) translate(0 .5)\">", x, y, cell);
  for (const auto& [look, path] : paths) svg += fmt::format("<path class=\"{}\" d=\"{}\"/>", look, path);
  return svg + fmt::format("</g>\n<rect x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\"/>\n", x, y,
                           cell * static_cast<double>(t.columns), cell * static_cast<double>(t.rows));
}

constexpr const char* style = R"(<style>
text{font:17px system-ui,sans-serif;fill:#333}.title{font-weight:600;font-size:20px}rect{fill:none;stroke:#777}
path{fill:none;stroke-width:1}.forget{stroke:#d1263b}.retain{stroke:#1c5d85}.joint{stroke:#5b6472}
.s1{stroke-opacity:.2}.s2{stroke-opacity:.4}.s3{stroke-opacity:.7}
@media(prefers-color-scheme:dark){text{fill:#ddd}rect{stroke:#999}.forget{stroke:#ff6b7a}.retain{stroke:#6db8e0}
.joint{stroke:#b4bcc8}}
</style>
)";

}  // namespace

std::string step_picture(const Trace& trace) {
  const BlockLayout& b = trace.layout->blocks[static_cast<std::size_t>(trace.config.split.first_masked_block())];
  const std::vector<std::vector<const Tensor*>> columns = {{&b.w_q},         {&b.w_k},         {&b.w_v},
                                                           {&b.w_o, &b.b_o}, {&b.w_1, &b.b_1}, {&b.w_2, &b.b_2}};
  std::string svg;
  double y = 24, width = 0;
  for (const StepTrace& step : trace.steps) {
    double x = left, bottom = 0;
    for (const auto& [title, values] : {std::pair{"gradient", &step.gradient},
                                        {"what the mask leaves", &step.masked},
                                        {"what the optimizer moves", &step.moved}}) {
      svg += fmt::format("<text class=\"title\" x=\"{:.0f}\" y=\"{:.0f}\">{} batch: {}</text>\n", x, y,
                         name(step.label), title);
      for (const auto& column : columns) {
        double top = y + 36;
        for (const Tensor* t : column) {
          svg += fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\">{}</text>\n", x, top - 8, name_in_block(t->name)) +
                 cells(*values, *t, trace.partition, x, top);
          top += cell * static_cast<double>(t->rows) + 34;
        }
        x += cell * static_cast<double>(column.front()->columns) + gap;
        bottom = std::max(bottom, top);
      }
      x += 3 * gap;
    }
    width = x - 4 * gap + left;
    y = bottom + 20;
  }
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"One training "
      "step, entry by entry, strategy {}\">\n{}{}</svg>\n",
      width, y - 44, trace.config.strategy, style, svg);
}

}  // namespace sgtm
