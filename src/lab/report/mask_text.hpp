#pragma once

#include <string>

#include "model/network.hpp"
#include "sgtm/partition.hpp"

namespace sgtm {

/// What masks zero, from the first to the last: "heads 7, units 56 to 63". Empty where they zero nothing.
std::string zeroed_text(const BlockMask<float>& masks);

/// The text, or "nothing" where it is empty.
std::string or_nothing(const std::string& text);

/// Which part of its tensor a range is: "rows 0 to 13", "columns 56 to 63", "entries 56 to 63". Empty where it is all.
std::string part_text(const TensorRange& range);

/// "batch labeled forget", "unlabeled batch".
std::string batch_text(Label label);

}  // namespace sgtm
