#include "lab/report/pictures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "lab/report/mask_text.hpp"
#include "lab/report/svg.hpp"

namespace sgtm {
namespace {

constexpr double cell = 7, left = 12, gap = 16, stage_width = 296;
/// At most so many entries of the width, and so many units, are drawn.
constexpr Index shown_features = 16, shown_units = 20;

bool is_all(IndexRange range, Index size) {
  return range.size() == size;
}

/// At most `most` of `all` rows or columns: those around the border of the forget part, where there is one.
IndexRange window(IndexRange forget, Index all, Index most) {
  const Index size = std::min(all, most);
  const Index middle = is_all(forget, all) ? 0 : forget.begin;
  const Index begin = std::clamp<Index>(middle - size / 2, 0, all - size);
  return {begin, begin + size};
}

/// What is drawn of a tensor.
struct Shown {
  const Tensor* tensor;
  IndexRange rows, columns;
  IndexRange forget_rows, forget_columns;  // of the tensor; empty where it has no forget part
  double width() const { return cell * static_cast<double>(columns.size()); }
  double height() const { return cell * static_cast<double>(rows.size()); }
};

Shown shown(const Tensor& t, const Partition& partition) {
  Shown s{&t, {}, {}, {}, {}};
  IndexRange rows{0, t.rows}, columns{0, t.columns};
  for (const TensorRange& range : partition.forget)
    if (range.tensor == &t) {
      s.forget_rows = rows = range.rows;
      s.forget_columns = columns = range.columns;
    }
  const bool units_are_rows = name_in_block(t.name) == "W_2";
  const bool units_are_columns = name_in_block(t.name) == "W_1" || name_in_block(t.name) == "b_1";
  s.rows = window(rows, t.rows, units_are_rows ? shown_units : shown_features);
  s.columns = window(columns, t.columns, units_are_columns ? shown_units : shown_features);
  return s;
}

/// "W_1[:, 44:64]": the rows, then the columns, from the first to before the last; of a vector its entries.
std::string label(const Shown& s) {
  const Tensor& t = *s.tensor;
  const auto part = [](IndexRange range, Index all) {
    return is_all(range, all) ? ":" : fmt::format("{}:{}", range.begin, range.end);
  };
  const std::string name = name_in_block(t.name);
  if (is_all(s.rows, t.rows) && is_all(s.columns, t.columns)) return name;
  if (t.rows == 1) return fmt::format("{}[{}]", name, part(s.columns, t.columns));
  return fmt::format("{}[{}, {}]", name, part(s.rows, t.rows), part(s.columns, t.columns));
}

/// One tensor's cells. Neighbours in a row that look the same are one stroke, and each look is one path.
std::string cells(const Flat<float>& values, const Shown& s, const Partition& partition, double x, double y) {
  const Tensor& t = *s.tensor;
  const auto all = values.segment(t.offset, t.size());
  const double typical = typical_size(all);
  std::map<std::string, std::string> paths;
  for (const Owner owner : owners) {
    for (const TensorRange& range : partition.of(owner)) {
      if (range.tensor != &t) continue;
      const IndexRange rows = common(range.rows, s.rows), columns = common(range.columns, s.columns);
      for (Index r = rows.begin; r < rows.end; ++r) {
        const auto look = [&](Index c) {
          const double value = std::abs(static_cast<double>(all[r * t.columns + c]));
          return value == 0 ? '0' : shade(value / typical);
        };
        for (Index c = columns.begin, end; c < columns.end; c = end) {
          for (end = c + 1; end < columns.end && look(end) == look(c);) ++end;
          if (look(c) != '0')
            paths[fmt::format("{} s{}", name(owner), look(c))] +=
                fmt::format("M{} {}h{}", c - s.columns.begin, r - s.rows.begin, end - c);
        }
      }
    }
  }
  std::string svg = fmt::format("<g transform=\"translate({:.0f} {:.0f}) scale({:.0f}) translate(0 .5)\">", x, y, cell);
  for (const auto& [look, path] : paths) svg += fmt::format("<path class=\"{}\" d=\"{}\"/>", look, path);
  svg += "</g>\n" + svg_rectangle("edge", x, y, s.width(), s.height());
  const IndexRange rows = common(s.forget_rows, s.rows), columns = common(s.forget_columns, s.columns);
  if (rows.size() > 0 && columns.size() > 0)
    svg += svg_rectangle("frame", x + cell * static_cast<double>(columns.begin - s.columns.begin),
                         y + cell * static_cast<double>(rows.begin - s.rows.begin),
                         cell * static_cast<double>(columns.size()), cell * static_cast<double>(rows.size()));
  return svg;
}

/// W_Q beside W_O and b_O, and below them W_1 and b_1 beside W_2 and b_2. Lowers `bottom` to where they end.
std::string stage(const Flat<float>& values, const BlockLayout& b, const Partition& partition, double x, double y,
                  double& bottom) {
  const std::vector<std::vector<std::vector<const Tensor*>>> rows = {{{&b.w_q}, {&b.w_o, &b.b_o}},
                                                                     {{&b.w_1, &b.b_1}, {&b.w_2, &b.b_2}}};
  std::string svg;
  for (const auto& row : rows) {
    double column_x = x, row_bottom = y;
    for (const auto& column : row) {
      double top = y, width = 0;
      for (const Tensor* t : column) {
        const Shown s = shown(*t, partition);
        svg += svg_text("small", column_x, top + 12, label(s)) + cells(values, s, partition, column_x, top + 18);
        top += 18 + s.height() + 6;
        width = std::max(width, s.width());
      }
      column_x += width + gap;
      row_bottom = std::max(row_bottom, top);
    }
    y = row_bottom + 4;
  }
  bottom = std::max(bottom, y);
  return svg;
}

constexpr const char* style = R"(.picture path{fill:none;stroke-width:1}.picture path.forget{stroke:#d1495b}
.picture path.retain{stroke:#2e86ab}.picture path.joint{stroke:#8d99ae}
.picture .s1{stroke-opacity:.25}.picture .s2{stroke-opacity:.5}.picture .s3{stroke-opacity:.75}
.picture .frame{fill:none;stroke:#d1495b;stroke-width:2;stroke-dasharray:4 2}
@media(prefers-color-scheme:dark){.picture path.forget{stroke:#ff7285}.picture path.retain{stroke:#4db4e0}
.picture path.joint{stroke:#c3ccd9}.picture .frame{stroke:#ff8a96}}
)";

std::string told(const Trace& trace) {
  std::string text = fmt::format("One training step, entry by entry, strategy {}.", trace.config.strategy);
  for (const StepTrace& step : trace.steps) {
    text +=
        fmt::format(" A {}, norms of the gradient, of the masked gradient and of the move:", batch_text(step.label));
    for (const Owner owner : owners) {
      const OwnerTrace& o = step.owners[owner];
      text += fmt::format("{} {} {:.3f}, {:.3f}, {:.3f}", owner == Owner::forget ? "" : ";", name(owner), o.gradient,
                          o.masked, o.moved);
    }
    text += '.';
  }
  return text;
}

}  // namespace

std::string step_picture(const Trace& trace) {
  const Index block = trace.config.split.first_masked_block();
  const BlockLayout& b = trace.layout->blocks[static_cast<std::size_t>(block)];
  std::string svg =
      svg_text("", left, 20,
               fmt::format(
                   "Each cell is an entry of block {}: the stronger, the larger within its matrix; empty is exactly 0.",
                   block)) +
      svg_text(
          "", left, 40,
          "A slice, as in W_1[:, 44:64], is cut around the border of the forget part; W_K and W_V, not drawn, have "
          "W_Q's masks.") +
      svg_legend({{"swatch forget", "forget"},
                  {"swatch retain", "retain"},
                  {"swatch joint", "joint"},
                  {"frame", "the forget part"}},
                 left, 52, 5);
  double y = 96;
  for (const StepTrace& step : trace.steps) {
    svg += svg_text("title", left, y, batch_text(step.label));
    double x = left, bottom = 0;
    for (const auto& [title, values] : {std::pair{"gradient", &step.gradient},
                                        {"what the mask leaves", &step.masked},
                                        {"what the optimizer moves", &step.moved}}) {
      svg += svg_text("bold", x, y + 22, title) + stage(*values, b, trace.partition, x, y + 30, bottom);
      x += stage_width;
    }
    y = bottom + 30;
  }
  return svg_picture(y - 26, told(trace), style, svg);
}

}  // namespace sgtm
