#pragma once

#include <string>

#include "model/network.hpp"
#include "sgtm/partition.hpp"

namespace sgtm {

/// What gates close, from the first to the last: "heads 7, units 56 to 63". Empty where all are open.
std::string closed_text(const BlockGate<float>& gates);

/// Which part of its tensor a slab is: "rows 0 to 13", "columns 56 to 63", "entries 56 to 63". Empty where it is all.
std::string part_text(const Slab& slab);

}  // namespace sgtm
