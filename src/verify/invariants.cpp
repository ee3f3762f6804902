#include "verify/invariants.hpp"

#include "verify/model_invariants.hpp"

namespace sgtm {

std::vector<Invariant> verify_invariants(const InvariantSize& size, const OptimizerFault* fault) {
  const TrainingInvariants training(size, fault);
  if (fault != nullptr) return {training.resting_parameters(), training.non_interference()};
  return {training.resting_parameters(),     training.non_interference(), retain_batch_is_ablated_model(),
          ablation_zeroes_the_forget_part(), empty_forget_part_is_none(), training.perfect_filter(),
          skipping_changes_no_bit(),         training.threads(),          training.resumption(),
          order_of_documents_is_rounding(),  training.absorbed_shares()};
}

}  // namespace sgtm
