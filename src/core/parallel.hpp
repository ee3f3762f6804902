#pragma once

#include <cstddef>
#include <exception>

namespace sgtm {

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
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace sgtm
