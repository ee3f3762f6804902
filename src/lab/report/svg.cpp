#include "lab/report/svg.hpp"

#include <fmt/format.h>

#include "core/figure.hpp"

namespace sgtm {
namespace {

constexpr const char* common_style = R"(.picture text{font:13px system-ui,sans-serif;fill:#24292f}
.picture .small{font-size:12px}.picture .bold{font-weight:600}.picture .title{font-weight:600;font-size:16px}
.picture .page{fill:#fff}.picture .edge{fill:none;stroke:#57606a}
.picture .forget{fill:#d1495b}.picture .retain{fill:#2e86ab}.picture .joint{fill:#8d99ae}
@media(prefers-color-scheme:dark){.picture text{fill:#e6edf3}.picture .page{fill:#0d1117}.picture .edge{stroke:#a8b1bb}}
)";

}  // namespace

std::string svg_picture(double height, const std::string& told, const std::string& style, const std::string& body) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"picture\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" "
      "aria-label=\"{}\">\n<style>\n{}{}</style>\n{}{}</svg>\n",
      picture_width, height, escaped(told), common_style, style, svg_rectangle("page", 0, 0, picture_width, height),
      body);
}

std::string svg_rectangle(const std::string& style_class, double x, double y, double width, double height) {
  return fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n", style_class,
                     x, y, width, height);
}

std::string svg_text(const std::string& style_class, double x, double y, const std::string& text) {
  return fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", style_class, x, y, escaped(text));
}

std::string svg_legend(const Legend& legend, double x, double y, int columns) {
  const double pitch = (picture_width - 2 * x) / columns;
  std::string svg;
  for (int i = 0; const auto& [style_class, words] : legend) {
    const double left = x + pitch * (i % columns), top = y + 20 * (i / columns);
    if (!style_class.empty())
      svg += svg_rectangle(style_class, left, top, 13, 13) + svg_rectangle("edge", left, top, 13, 13);
    svg += svg_text("", left + (style_class.empty() ? 0 : 20), top + 11, words);
    ++i;
  }
  return svg;
}

char shade(double size) {
  return size < 0.2 ? '1' : size < 0.7 ? '2' : size < 1.5 ? '3' : '4';
}

}  // namespace sgtm
