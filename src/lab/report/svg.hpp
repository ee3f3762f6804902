#pragma once

#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace sgtm {

/// Every picture's width, at which its text has at least 12 px.
inline constexpr double picture_width = 900;

/// A picture as SVG: its page is white or dark as the reader's system is, `told` tells it to those who can't see it.
/// Styles are of classes in .picture, so that they style nothing else on a page; the owners' colours are there, as
/// fills.
std::string svg_picture(double height, const std::string& told, const std::string& style, const std::string& body);

std::string svg_rectangle(const std::string& style_class, double x, double y, double width, double height);
std::string svg_text(const std::string& style_class, double x, double y, const std::string& text);

/// A class, drawn as a small square, and what it means; no class: only words.
using Legend = std::vector<std::pair<std::string, std::string>>;
/// Its lines begin at (x, y), a line every 20; `columns` entries stand in a line.
std::string svg_legend(const Legend& legend, double x, double y, int columns);

/// The root mean square of the entries of a tensor that are not 0; 1 where there are none.
template <class Values>
double typical_size(const Values& values) {
  const double norm = static_cast<double>(values.matrix().norm());
  return norm == 0 ? 1 : norm / std::sqrt(static_cast<double>((values != 0).count()));
}
/// How dark an entry is drawn, 1 to 4, by its size over the typical one.
char shade(double size);

}  // namespace sgtm
