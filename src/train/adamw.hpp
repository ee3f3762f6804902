#pragma once

#include "model/parameters.hpp"

namespace sgtm {

/// AdamW (Loshchilov and Hutter 2019, algorithm 2), as PyTorch computes it. Per entry, with step count t:
///
///     m = beta_1 m + (1 - beta_1) g              v = beta_2 v + (1 - beta_2) g^2
///     p = (1 - rate decay) p - rate (m / (1 - beta_1^t)) / (sqrt(v / (1 - beta_2^t)) + epsilon)
struct AdamWConfig {
  double beta_1 = 0.9, beta_2 = 0.95, epsilon = 1e-8, weight_decay = 0.1;
};

/// Entries of the array of all parameters.
using EntryRanges = std::vector<IndexRange>;

/// Steps parameter groups, each with its own step count. A group that does not step is not touched: neither its
/// parameters nor their moments change, and weight decay does not act.
template <class Real>
class AdamW {
 public:
  /// One group of all `size` parameters.
  AdamW(const AdamWConfig& config, Index size);
  AdamW(const AdamWConfig& config, Index size, const std::vector<EntryRanges>& groups);

  /// Steps every group.
  void step(Flat<Real>& parameters, const Flat<Real>& gradient, double rate);
  /// Steps some groups, named by their place.
  void step(Flat<Real>& parameters, const Flat<Real>& gradient, const std::vector<std::size_t>& groups, double rate);

  /// The state, for checkpoints.
  Flat<Real>& moment_1() { return m_; }
  Flat<Real>& moment_2() { return v_; }
  std::vector<Index> steps() const;
  void set_steps(const std::vector<Index>& steps);

 private:
  struct Group {
    EntryRanges ranges;
    Index steps = 0;
  };
  void step(Group& group, Flat<Real>& parameters, const Flat<Real>& gradient, double rate);

  AdamWConfig config_;
  Flat<Real> m_, v_;
  std::vector<Group> groups_;
};

}  // namespace sgtm
