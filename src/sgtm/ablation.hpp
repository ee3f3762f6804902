#pragma once

#include <cstdint>

#include "sgtm/partition.hpp"

namespace sgtm {

/// Removes what the forget parameters know: sets them to 0.
template <class Real>
void ablate(Flat<Real>& parameters, const Partition& partition) {
  zero(parameters, partition.forget);
}

/// Trainable ablation: draws every forget entry anew from N(0, s), s the standard deviation of the same tensor's retain
/// entries, so that the part can learn something else. A tensor without retain entries is set to 0.
template <class Real>
void redraw(Flat<Real>& parameters, const Partition& partition, std::uint64_t seed);

}  // namespace sgtm
