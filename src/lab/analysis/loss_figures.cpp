#include "lab/analysis/loss_figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace sgtm {
namespace {

double bar(const Estimated& e) {
  return std::isfinite(e.half) ? e.half : 0;
}

}  // namespace

void add_point(Series& line, double x, const Estimated& y) {
  line.points.emplace_back(x, y.mean);
  line.errors.push_back(bar(y));
}

void add_point(Series& line, const Estimated& x, const Estimated& y) {
  add_point(line, x.mean, y);
  line.x_errors.push_back(bar(x));
}

void add_losses(Series& line, const Runs& runs) {
  add_point(line, mean_over(runs, loss("calibrated", "retain")), mean_over(runs, loss("calibrated", "forget")));
}

void add_mean_course(Series& line, const Runs& runs, const std::function<LossCourse(const Finished&)>& course_of,
                     std::size_t first) {
  std::vector<std::vector<double>> x, y;  // by point, a number per seed
  for (const Finished* run : runs) {
    const LossCourse course = course_of(*run);
    x.resize(std::max(x.size(), course.size()));
    y.resize(x.size());
    for (std::size_t i = 0; i < course.size(); ++i) x[i].push_back(course[i].first), y[i].push_back(course[i].second);
  }
  for (std::size_t i = first; i < x.size(); ++i) add_point(line, estimate_mean(x[i]).mean, estimate_mean(y[i]));
}

void add_trade_off(Figure& figure, const std::vector<Finished>& all, const std::string& size) {
  for (const std::string& method : methods_in(all, size)) {
    Series line{method, fmt::format("xyerrorlines lw 1.5 pt 7 lc rgb '{}'", colour_of(method))};
    for (const double rate : rates_in(all, size, method)) add_losses(line, runs_of(all, size, method, rate));
    figure.series.push_back(std::move(line));
  }
}

Figure losses_figure(const std::string& title, const std::vector<Finished>& all, const std::string& size) {
  Figure figure{title, "retain: calibrated held-out loss, nats per token", "forget: the same"};
  constexpr const char* colours[] = {"#e09f3e", "#8d99ae", "#2e86ab", "#7fb7d6", "#1b998b",
                                     "#c1272d", "#5c4b51", "#7b4b94", "#d81159"};
  std::size_t colour = 0;
  for (const std::string& method : methods_in(all, size)) {
    Series point{method, fmt::format("xyerrorbars pt {} ps 0.8 lc rgb '{}'", colour < std::size(colours) ? 7 : 5,
                                     colours[colour % std::size(colours)])};
    ++colour;
    for (const double rate : rates_in(all, size, method)) add_losses(point, runs_of(all, size, method, rate));
    figure.series.push_back(std::move(point));
  }
  return figure;
}

void add_floor(Figure& figure, const Finished& run, const Axes& axes) {
  const BySource& floor = run.result.floor;
  if (floor.contains(axes.x) && floor.contains(axes.y))
    figure.series.push_back({"floor", "points pt 2 lc rgb 'black'", {{floor.at(axes.x), floor.at(axes.y)}}});
}

void add_floor(Figure& figure, const Finished& run, const char* source, double from, double to) {
  if (const auto floor = run.result.floor.find(source); floor != run.result.floor.end())
    figure.series.push_back({"floor", "lines dt 2 lc rgb 'black'", {{from, floor->second}, {to, floor->second}}});
}

LossCourse loss_course(const Finished& run, const Axes& axes) {
  std::map<Index, std::pair<double, double>> points;
  for (const LossLook& look : run.result.evaluations) {
    if (look.state != "calibrated") continue;
    if (look.source == axes.x) points[look.step].first = look.loss;
    if (look.source == axes.y) points[look.step].second = look.loss;
  }
  LossCourse course;
  for (const auto& [step, point] : points) course.push_back(point);
  return course;
}

std::vector<double> lead_at_end(const Runs& runs, const Runs& others, const Axes& axes) {
  std::vector<double> leads;
  for (const auto& [run, other] : of_equal_seed(runs, others)) {
    const auto [x, y] = loss_course(*run, axes).back();
    if (const auto at = first_fall_to(loss_course(*other, axes), x)) leads.push_back(y - *at);
  }
  return leads;
}

const char* colour_of(const std::string& method) {
  static const std::map<std::string, const char*> colours{{"none", "#8d99ae"}, {"filter", "#e09f3e"},
                                                          {"weak", "#e09f3e"}, {"strict", "#8d5a00"},
                                                          {"sgtm", "#2e86ab"}, {"sgtm, masked and scaled", "#1b998b"}};
  const auto colour = colours.find(method);
  return colour == colours.end() ? "#7b4b94" : colour->second;
}

}  // namespace sgtm
