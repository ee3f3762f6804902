#include "lab/report/speed_figure.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace sgtm {

Figure speed_figure(const nlohmann::ordered_json& speed) {
  Figure figure{"Share of the library's rate, by layer", "", "%, of oneDNN's or Eigen's 1024 x 1024 x 1024", {}, ""};
  figure.settings =
      "set style fill solid 0.8\nset yrange [0:100]\nset xtics rotate by -25\nset key outside top center horizontal\n";
  const char* const colors[] = {"#2e86ab", "#e08e45"};
  const double bar = 0.38;
  std::string names;
  std::size_t shape = 0;
  for (const auto& [name, s] : speed["shapes"].items()) {
    Series series{name, fmt::format("boxes lc rgb '{}'", colors[shape % 2]), {}};
    double place = 0;
    names.clear();
    const auto add = [&](const std::string& layer, double share) {
      series.points.emplace_back(place + bar * static_cast<double>(shape), 100 * share);
      names += fmt::format("{}\"{}\" {}", place > 0 ? ", " : "", layer, place);
      ++place;
    };
    for (const auto& layer : s["layers"]) {
      const double gflop = layer["gflop"], ms = layer["forward_ms"].get<double>() + layer["backward_ms"].get<double>();
      if (gflop > 0) add(layer["layer"], gflop / ms * 1e3 / s["library_gemm_gflops"].get<double>());
    }
    add("whole step", s["gemm_share"]);
    figure.series.push_back(std::move(series));
    ++shape;
  }
  figure.settings += fmt::format("set boxwidth {}\nset xtics ({})\n", bar, names);
  return figure;
}

}  // namespace sgtm
