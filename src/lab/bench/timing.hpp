#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

namespace sgtm {

/// The seconds that work() takes, once.
template <class Work>
double seconds_of(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// The median seconds of several runs after one that is not counted.
template <class Work>
double median_seconds(int runs, Work work) {
  work();
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) times.push_back(seconds_of(work));
  return median(times);
}

}  // namespace sgtm
