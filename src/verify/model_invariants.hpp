#pragma once

#include "verify/invariant.hpp"

namespace sgtm {

// What holds of a model, its masks and its ablation, whatever it has learned.

Invariant retain_batch_is_ablated_model();
Invariant ablation_zeroes_the_forget_part();
Invariant empty_forget_part_is_none();
Invariant skipping_changes_no_bit();
Invariant order_of_documents_is_rounding();

}  // namespace sgtm
