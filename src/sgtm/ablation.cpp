#include "sgtm/ablation.hpp"

#include <cmath>

#include "core/random.hpp"

namespace sgtm {
namespace {

template <class Real>
double deviation(const Flat<Real>& parameters, const Ranges& ranges) {
  double sum = 0, squares = 0;
  for_each_range(ranges, [&](Index offset, Index size) {
    const auto entries = parameters.segment(offset, size).template cast<double>();
    sum += entries.sum();
    squares += entries.square().sum();
  });
  const double n = static_cast<double>(size(ranges));
  return n == 0 ? 0 : std::sqrt(std::max(0.0, squares / n - sum / n * (sum / n)));
}

}  // namespace

template <class Real>
void redraw(Flat<Real>& parameters, const Partition& partition, std::uint64_t seed) {
  Random random(seed, "redraw forget parameters");
  for (const TensorRange& forget : partition.forget) {
    Ranges retain;
    for (const TensorRange& range : partition.retain)
      if (range.tensor == forget.tensor) retain.push_back(range);
    const double s = deviation(parameters, retain);
    for_each_range({forget}, [&](Index offset, Index size) {
      for (Index i = offset; i < offset + size; ++i) parameters[i] = static_cast<Real>(s * random.normal());
    });
  }
}

template void redraw(Flat<float>&, const Partition&, std::uint64_t);
template void redraw(Flat<double>&, const Partition&, std::uint64_t);

}  // namespace sgtm
