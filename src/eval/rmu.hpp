#pragma once

#include "model/network.hpp"
#include "text/dataset.hpp"
#include "train/run_config.hpp"

namespace sgtm {

/// RMU, "representation misdirection" (Li et al. 2024, arXiv:2403.03218): unlearning after training, the peer of
/// methods that prepare for it. With H(x) the stream after block `rmu_block`, tokens x width, H_0 that of the model as
/// it was, u a random vector of length `strength` times the mean length of H_0's rows, it minimizes by AdamW
///
///     mean((H(forget) - u)^2) + retain mean((H(kept) - H_0(kept))^2)
///
/// (kept: retain documents, and as many adjacent ones where there are any) over W_1, b_1, W_2, b_2 of that block and
/// the two before it. The paper's weight decay of 0.01 is left out: ours acts on whole groups, so on all the others
/// too.
///
/// The last block that RMU trains: counted from 0, the paper's block 7 of 12.
Index rmu_block(Index blocks);

/// Adds the gradient of weight * mean((H - target)^2), H the stream after `rmu_block` of a batch, by the MLPs that RMU
/// trains and nothing else; returns that loss. The network has to keep_hidden.
template <class Real>
double pull_towards(Network<Real>& network, Flat<Real>& parameters, const Batch& batch, const Matrix<Real>& target,
                    double weight, Flat<Real>& gradient);

/// Unlearns in place.
void unlearn(Network<float>& network, const Layout& layout, Flat<float>& parameters, const Dataset& data,
             const RmuConfig& config, std::uint64_t seed);

}  // namespace sgtm
