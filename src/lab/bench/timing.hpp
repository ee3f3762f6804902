#pragma once

#include <algorithm>
#include <chrono>
#include <vector>

#include "core/random.hpp"
#include "nn/batch.hpp"

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

/// Equally long documents of random tokens, for timing; the same at every call.
inline Batch random_batch(Index vocabulary, Index documents, Index length) {
  Random random(1, "timing");
  Batch batch;
  for (Index d = 0; d < documents; ++d) {
    for (Index t = 0; t < length; ++t)
      batch.tokens.push_back(static_cast<int>(random.below(static_cast<std::uint64_t>(vocabulary))));
    batch.offsets.push_back(batch.size());
  }
  return batch;
}

}  // namespace sgtm
