#pragma once

#include <memory>
#include <vector>

#include "core/matrix.hpp"

namespace sgtm {

/// A matrix whose memory only ever grows: batches differ in length, and a training loop that has seen its longest
/// batch allocates nothing more. `reshape` leaves the contents undefined.
template <class Real>
class Buffer : public MatrixMap<Real> {
 public:
  Buffer() : MatrixMap<Real>(nullptr, 0, 0) {}
  Buffer(Buffer&&) noexcept = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  Buffer& operator=(Buffer&&) = delete;

  void reshape(Index rows, Index columns) {
    const auto size = static_cast<std::size_t>(rows * columns);
    if (memory_.size() < size) memory_.resize(size);
    std::construct_at<MatrixMap<Real>>(this, memory_.data(), rows, columns);  // a map can't be assigned, only made anew
  }

 private:
  std::vector<Real, Eigen::aligned_allocator<Real>> memory_;
};

}  // namespace sgtm
