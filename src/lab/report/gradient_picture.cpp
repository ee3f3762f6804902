#include "lab/report/pictures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lab/report/mask_text.hpp"
#include "lab/report/svg.hpp"
#include "verify/specimen.hpp"

namespace sgtm {
namespace {

constexpr double cell = 9, gap = 16, left = 12;

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
  std::string svg = svg_text("small", x, y - 4, name_in_block(t.name));
  for (Index r = 0; r < t.rows; ++r) {
    std::string kinds;
    for (Index column = 0; column < t.columns; ++column) {
      const Index at = r * t.columns + column;
      kinds += cell_class(c.gradient[t.offset + at], expected[at], typical);
    }
    svg += matrix_row(kinds, x, y + cell * static_cast<double>(r));
  }
  return svg + svg_rectangle("edge", x, y, cell * static_cast<double>(t.columns), cell * static_cast<double>(t.rows));
}

constexpr const char* style = R"(.picture .cz{fill:none}.picture .cw{fill:#d1263b}
.picture .c1{fill:#cfe3ee}.picture .c2{fill:#8fbdd6}.picture .c3{fill:#4a90b8}.picture .c4{fill:#1c5d85}
@media(prefers-color-scheme:dark){.picture .cw{fill:#ff5568}
.picture .c1{fill:#16364a}.picture .c2{fill:#1f5c80}.picture .c3{fill:#3b91bd}.picture .c4{fill:#86d0f5}}
)";

std::string title(const GradientCase& c) {
  return fmt::format("{}, {}{}", c.strategy, batch_text(c.label), c.masking.empty() ? "" : ", " + c.masking);
}

}  // namespace

std::string gradient_picture(const GradientReport& report, Index block) {
  const Layout layout(specimen().config);
  const BlockLayout& b = layout.blocks[static_cast<std::size_t>(block)];
  const std::vector<std::vector<const Tensor*>> columns = {
      {&b.norm_1_gain}, {&b.w_q}, {&b.w_k}, {&b.w_v}, {&b.w_o, &b.b_o}, {&b.w_1, &b.b_1}, {&b.w_2, &b.b_2}};
  std::string svg =
      svg_text("", left, 20,
               fmt::format("Block {}, entry by entry, held against central differences of the loss", block)) +
      svg_legend({{"c1", "right, small"}, {"c4", "right, large"}, {"cz", "must be 0, and is"}, {"cw", "wrong"}}, left,
                 34, 4);
  double y = 78;
  for (const GradientCase& c : report.cases) {
    svg += svg_text("title", left, y, title(c));
    double x = left, bottom = 0;
    for (const auto& column : columns) {
      double top = y + 26;
      for (const Tensor* t : column) {
        svg += tensor_picture(c, *t, x, top);
        top += cell * static_cast<double>(t->rows) + 20;
      }
      x += cell * static_cast<double>(column.front()->columns) + gap;
      bottom = std::max(bottom, top);
    }
    y = bottom + 20;
  }
  std::string told = fmt::format("Gradients of block {} against central differences, entry by entry.", block);
  for (const GradientCase& c : report.cases)
    told += fmt::format(" {}: {}.", title(c), c.right() ? "all right" : "wrong");
  return svg_picture(y - 26, told, style, svg);
}

}  // namespace sgtm
