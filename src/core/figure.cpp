#include "core/figure.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "core/error.hpp"
#include "core/files.hpp"

namespace sgtm {
namespace {

/// Text for gnuplot's double quotes.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + "\"";
}

std::string script(const Figure& f) {
  std::string s = "set terminal svg size 640,480 dynamic noenhanced font 'sans-serif,13' background rgb 'white'\n";
  s += fmt::format("set title {}\nset xlabel {}\nset ylabel {}\nset key below height 1\nset grid lc rgb '#dddddd'\n",
                   quoted(f.title), quoted(f.x_label), quoted(f.y_label));
  s += f.settings;
  std::string plots;
  for (std::size_t i = 0; i < f.series.size(); ++i) {
    s += fmt::format("$data{} << END\n", i);
    const auto& [title, style, points, errors, x_errors] = f.series[i];
    for (std::size_t p = 0; p < points.size(); ++p)
      s += fmt::format("{:.8g} {:.8g} {:.8g} {:.8g}\n", points[p].first, points[p].second,
                       errors.empty() ? 0 : errors[p], x_errors.empty() ? 0 : x_errors[p]);
    s += "END\n";
    const char* columns = !x_errors.empty() ? "1:2:4:3" : !errors.empty() ? "1:2:3" : "1:2";
    plots += fmt::format("{}$data{} using {} with {} {}", i == 0 ? "" : ", ", i, columns, style,
                         title.empty() ? "notitle" : "title " + quoted(title));
  }
  return s + "plot " + plots + "\n";
}

/// gnuplot paints black on white; this is what is black and white in the dark.
constexpr const char* dark = R"css(<style>@media(prefers-color-scheme:dark){.figure rect[fill="#ffffff"]{fill:#0d1117}
.figure [fill="black"]{fill:#e6edf3}.figure [color="black"],.figure [color="rgb(  0,   0,   0)"]{color:#e6edf3}
.figure [stroke="black"],.figure [stroke="rgb(  0,   0,   0)"]{stroke:#e6edf3}
.figure [stroke="rgb(221, 221, 221)"]{stroke:#3d444d}}</style>
)css";

/// gnuplot's SVG with a text alternative and dark colors.
std::string finished(const std::string& svg, const Figure& f) {
  const std::size_t title = svg.find("<title>"), end = svg.find("</desc>");
  const std::string told = escaped(fmt::format("{}. {}; {}.", f.title, f.y_label, f.x_label));
  return fmt::format("<svg class=\"figure\" role=\"img\" aria-label=\"{}\"", told) + svg.substr(4, title - 4) + dark +
         svg.substr(end + 7);
}

}  // namespace

std::string named_tics(const char* axis, const std::vector<std::string>& names, double step) {
  std::string tics;
  for (std::size_t i = 0; i < names.size(); ++i)
    tics += fmt::format("{}'{}' {}", i > 0 ? ", " : "", names[i], step * static_cast<double>(i));
  return fmt::format("set {}tics ({})\n", axis, tics);
}

bool is_empty(const Figure& figure) {
  return std::all_of(figure.series.begin(), figure.series.end(), [](const Series& s) { return s.points.empty(); });
}

std::string escaped(const std::string& text) {
  static const std::map<char, const char*> marks{{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}};
  std::string result;
  for (const char c : text) {
    const auto mark = marks.find(c);
    result += mark == marks.end() ? std::string(1, c) : mark->second;
  }
  return result;
}

std::string draw(const Figure& figure) {
  const ScratchFolder folder;
  const fs::path input = folder / "figure.gp", output = folder / "figure.svg", errors = folder / "errors";
  write_file(input, fmt::format("set output {}\n", quoted(output.string())) + script(figure));
  const int status = std::system(fmt::format("gnuplot '{}' 2>'{}'", input.string(), errors.string()).c_str());
  if (status != 0) {
    const std::string why = read_file(errors);
    throw Error(fmt::format("gnuplot, which draws the figures, failed ({}). If it is missing: make deps",
                            why.substr(0, why.find('\n'))));
  }
  const std::string svg = read_file(output);
  return finished(svg.substr(svg.find("<svg")), figure);
}

}  // namespace sgtm
