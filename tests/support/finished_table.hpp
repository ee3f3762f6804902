#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "lab/tables/planned_run.hpp"

// What tests read off the results of a table themselves.

using Numbers = std::vector<double>;
using FinishedRuns = std::vector<std::reference_wrapper<const sgtm::Finished>>;
using Reading = std::function<double(const sgtm::Finished&)>;

/// A held-out loss; what is not cut has its trained one for its ablated one.
inline Reading lost(const std::string& state, const std::string& source) {
  return [=](const sgtm::Finished& run) {
    const auto& losses = run.result.losses;
    return losses.at(losses.at(state).contains(source) ? state : "trained").at(source);
  };
}

/// The share of a group's questions that is answered right.
inline Reading known(const std::string& state, const std::string& group) {
  return [=](const sgtm::Finished& run) { return recall_of(run.result, state, group).accuracy.mean; };
}

/// What the look at a source's documents at this step tells of their gradients.
inline Reading looked(int step, const std::string& source, double sgtm::GradientLook::*what) {
  return [=](const sgtm::Finished& run) -> double {
    for (const sgtm::GradientLook& look : run.result.gradients)
      if (look.step == step && look.source == source) return look.*what;
    return NAN;
  };
}

/// How much larger gradients of forget documents are over an owner's parameters: the difference of mean log10 norms.
inline Reading separation(int step, std::optional<Numbers> sgtm::GradientLook::*norms) {
  return [=](const sgtm::Finished& run) {
    double difference = 0;
    for (const sgtm::GradientLook& look : run.result.gradients)
      if (look.step == step)
        for (const double norm : *(look.*norms))
          difference += (look.source == "forget" ? 1 : -1) * std::log10(norm) / 3;
    return difference;
  };
}

/// The runs of one size of a table of which every run has finished, for all seeds.
struct FinishedTable {
  const std::vector<sgtm::Finished>& all;
  std::string size;

  /// Those of a method at a rate, by seed.
  FinishedRuns runs(const std::string& method, double undiscovered = 0) const {
    FinishedRuns chosen;
    for (const sgtm::Finished& run : all)
      if (run.plan.size == size && run.plan.method == method && run.plan.undiscovered == undiscovered)
        chosen.emplace_back(run);
    return chosen;
  }
  Numbers of(const std::string& method, double undiscovered, const Reading& reading) const {
    Numbers numbers;
    for (const sgtm::Finished& run : runs(method, undiscovered)) numbers.push_back(reading(run));
    return numbers;
  }
};

inline Numbers minus(Numbers a, const Numbers& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] -= b.at(i);
  return a;
}

/// Student's 97.5 % quantiles by degrees of freedom, as tables have them.
inline constexpr double student[] = {INFINITY, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306,
                                     2.262,    2.228,  2.201, 2.179, 2.160, 2.145, 2.131, 2.120};

/// The mean and half the width of its 95 % interval.
struct Interval {
  double mean, half;
};
inline Interval interval_of(const Numbers& numbers) {
  const auto n = static_cast<double>(numbers.size());
  double sum = 0, squares = 0;
  for (const double x : numbers) sum += x;
  for (const double x : numbers) squares += (x - sum / n) * (x - sum / n);
  const double half = numbers.size() < 2 ? INFINITY : student[numbers.size() - 1] * std::sqrt(squares / (n - 1) / n);
  return {sum / n, half};
}
