#include "experiments/loss_course.hpp"

#include <algorithm>
#include <map>

#include "eval/statistics.hpp"
#include "experiments/loss_figures.hpp"
#include "experiments/selection.hpp"

namespace sgtm {

LossCourse course_of(const Finished& run, const Axes& axes) {
  std::map<int, std::pair<double, double>> points;
  for (const auto& e : run.result["evaluations"]) {
    if (e["state"] != "calibrated") continue;
    if (e["source"] == axes.x) points[e["step"]].first = e["loss"];
    if (e["source"] == axes.y) points[e["step"]].second = e["loss"];
  }
  LossCourse course;
  for (const auto& [step, point] : points) course.push_back(point);
  return course;
}

void add_mean_course(Series& line, const std::vector<const Finished*>& runs, const Axes& axes, std::size_t first) {
  std::vector<std::vector<double>> x, y;  // by checkpoint, a number per seed
  for (const Finished* run : runs) {
    const LossCourse course = course_of(*run, axes);
    x.resize(std::max(x.size(), course.size()));
    y.resize(x.size());
    for (std::size_t i = 0; i < course.size(); ++i) x[i].push_back(course[i].first), y[i].push_back(course[i].second);
  }
  for (std::size_t i = first; i < x.size(); ++i) add_point(line, estimate_mean(x[i]).mean, estimate_mean(y[i]));
}

std::vector<double> lead_at_end(const std::vector<const Finished*>& runs, const std::vector<const Finished*>& others,
                                const Axes& axes) {
  std::vector<double> leads;
  for (const auto& [run, other] : of_equal_seed(runs, others)) {
    const auto [x, y] = course_of(*run, axes).back();
    if (const auto at = first_fall_to(course_of(*other, axes), x)) leads.push_back(y - *at);
  }
  return leads;
}

}  // namespace sgtm
