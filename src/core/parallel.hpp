#pragma once

#include <omp.h>

#include <cstddef>
#include <exception>

#include "core/matrix.hpp"

namespace sgtm {

/// Part i of 0 ... size - 1 cut into equal parts.
inline IndexRange part_of(Index size, Index i, Index parts) {
  return {i * size / parts, (i + 1) * size / parts};
}

/// Calls work(span) for rows 0 ... rows - 1, no more than `most` at a time, on all threads: as many calls as threads,
/// or twice, three times, ... as many, all of a size. `work` throws nothing.
template <class Work>
void for_row_blocks(Index rows, Index most, Work work) {
  const Index threads = omp_get_max_threads();
  const Index rounds = (rows + most * threads - 1) / (most * threads);
#pragma omp parallel for schedule(static)
  for (Index i = 0; i < rounds * threads; ++i)
    if (const IndexRange some = part_of(rows, i, rounds * threads); some.size() > 0) work(some);
}

/// Runs work(i) for i below count on all threads; the first exception is thrown on.
template <class Work>
void in_parallel(std::size_t count, Work work) {
  std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic)
  for (std::size_t i = 0; i < count; ++i) {
    try {
      work(i);
    } catch (...) {
#pragma omp critical
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace sgtm
