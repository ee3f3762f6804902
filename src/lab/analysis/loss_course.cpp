#include "lab/analysis/loss_course.hpp"

#include <map>

#include "eval/statistics.hpp"
#include "lab/analysis/loss_figures.hpp"
#include "lab/analysis/selection.hpp"

namespace sgtm {

LossCourse loss_course(const Finished& run, const Axes& axes) {
  std::map<int, std::pair<double, double>> points;
  for (const auto& e : run.result.at("evaluations")) {
    if (e.at("state") != "calibrated") continue;
    if (e.at("source") == axes.x) points[e.at("step")].first = e.at("loss");
    if (e.at("source") == axes.y) points[e.at("step")].second = e.at("loss");
  }
  LossCourse course;
  for (const auto& [step, point] : points) course.push_back(point);
  return course;
}

std::vector<double> lead_at_end(const std::vector<const Finished*>& runs, const std::vector<const Finished*>& others,
                                const Axes& axes) {
  std::vector<double> leads;
  for (const auto& [run, other] : of_equal_seed(runs, others)) {
    const auto [x, y] = loss_course(*run, axes).back();
    if (const auto at = first_fall_to(loss_course(*other, axes), x)) leads.push_back(y - *at);
  }
  return leads;
}

}  // namespace sgtm
