#include "report/gradient_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/shade.hpp"
#include "verify/specimen.hpp"

namespace sgtm {
namespace {

constexpr double cell = 6, gap = 22, row_height = 150, left = 10;

/// How a cell is drawn: z must be 0 and is; w wrong; 1 to 4 right, and how large.
char cell_class(double is, double expected, double typical) {
  if (expected == 0) return is == 0 ? 'z' : 'w';
  if (std::abs(is - expected) > 1e-6 * (typical + std::abs(expected))) return 'w';
  return shade(std::abs(expected) / typical);
}

/// The cells of one row of a matrix; neighbours of one kind make one rectangle.
std::string matrix_row(const std::string& kinds, double x, double y) {
  std::string svg;
  for (std::size_t begin = 0; begin < kinds.size();) {
    std::size_t end = begin;
    while (end < kinds.size() && kinds[end] == kinds[begin]) ++end;
    svg += fmt::format(R"(<rect class="c{}" x="{:.0f}" y="{:.0f}" width="{:.0f}" height="{:.0f}"/>)", kinds[begin],
                       x + cell * static_cast<double>(begin), y, cell * static_cast<double>(end - begin), cell);
    begin = end;
  }
  return svg;
}

std::string tensor_picture(const GradientCase& c, const Tensor& t, double x, double y) {
  const auto expected = c.differences.segment(t.offset, t.size());
  const double typical = typical_size(expected);
  std::string svg = fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\">{}</text>", x, y - 4, name_in_block(t.name));
  for (Index r = 0; r < t.rows; ++r) {
    std::string kinds;
    for (Index column = 0; column < t.columns; ++column) {
      const Index at = r * t.columns + column;
      kinds += cell_class(c.gradient[t.offset + at], expected[at], typical);
    }
    svg += matrix_row(kinds, x, y + cell * static_cast<double>(r));
  }
  return svg + fmt::format("<rect class=\"edge\" x=\"{:.0f}\" y=\"{:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\"/>\n", x,
                           y, cell * static_cast<double>(t.columns), cell * static_cast<double>(t.rows));
}

constexpr const char* style = R"(<style>
text{font:11px system-ui,sans-serif;fill:#333}.title{font-weight:600;font-size:13px}.edge{fill:none;stroke:#777}
.cz{fill:none}.cw{fill:#d1263b}.c1{fill:#cfe3ee}.c2{fill:#8fbdd6}.c3{fill:#4a90b8}.c4{fill:#1c5d85}
@media(prefers-color-scheme:dark){text{fill:#ddd}.edge{stroke:#999}}
</style>
)";

}  // namespace

std::string gradient_picture(const GradientReport& report, Index block) {
  const Layout layout(specimen().config);
  const BlockLayout& b = layout.blocks[static_cast<std::size_t>(block)];
  std::string svg;
  double y = 70, width = 0;
  for (const GradientCase& c : report.cases) {
    svg += fmt::format("<text class=\"title\" x=\"{:.0f}\" y=\"{:.0f}\">{}, {} batch{}</text>\n", left, y - 22,
                       c.strategy, name(c.label), c.masking.empty() ? "" : ", " + c.masking);
    double x = left;
    for (const Tensor* t : {&b.norm_1_gain, &b.w_q, &b.w_k, &b.w_v, &b.w_o, &b.b_o, &b.w_1, &b.b_1, &b.w_2, &b.b_2}) {
      svg += tensor_picture(c, *t, x, y);
      x += cell * static_cast<double>(t->columns) + gap;
    }
    width = std::max(width, x);
    y += row_height;
  }
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"Gradients of "
      "block {} against central differences\">\n{}<text x=\"{:.0f}\" y=\"18\">Block {}, entry by entry. Blue: agrees "
      "with central differences, darker is larger. Empty: must be 0, and is. Red: wrong.</text>\n{}</svg>\n",
      width, y - 60, block, style, left, block, svg);
}

}  // namespace sgtm
