#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sgtm {

/// One set of points of a figure, drawn by gnuplot.
struct Series {
  std::string title;  // none: not in the key
  std::string style;  // gnuplot's, as in "lines lw 2 lc rgb '#2e86ab'"
  std::vector<std::pair<double, double>> points = {};
  std::vector<double> errors = {};    // of each point's y, where the style draws them: yerrorbars, yerrorlines
  std::vector<double> x_errors = {};  // of each point's x, with `errors`: xyerrorbars, xyerrorlines
};

struct Figure {
  std::string title, x_label, y_label;
  std::vector<Series> series = {};
  std::string settings = {};  // further gnuplot commands, a line each
};

/// A setting that writes names instead of numbers at an axis ("x" or "y"): at 0, step, 2 step, ...
std::string named_tics(const char* axis, const std::vector<std::string>& names, double step);

/// Nothing to draw, which gnuplot refuses.
bool is_empty(const Figure& figure);

/// Text as HTML and SVG show it, also in an attribute's quotes.
std::string escaped(const std::string& text);

/// The figure as SVG. Throws Error where gnuplot is missing or fails.
std::string draw(const Figure& figure);

}  // namespace sgtm
