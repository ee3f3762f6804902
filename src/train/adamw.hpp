#pragma once

#include "model/parameters.hpp"
#include "sgtm/partition.hpp"

namespace sgtm {

/// AdamW (Loshchilov and Hutter 2019, algorithm 2), as PyTorch computes it. Per entry, with step count t:
///
///     m = beta_1 m + (1 - beta_1) g              v = beta_2 v + (1 - beta_2) g^2
///     p = (1 - rate decay) p - rate (m / (1 - beta_1^t)) / (sqrt(v / (1 - beta_2^t)) + epsilon)
struct AdamWConfig {
  double beta_1 = 0.9, beta_2 = 0.95, epsilon = 1e-8, weight_decay = 0.1;
};

/// Moments of every parameter, in groups that each count their own steps. Entries of a group that does not step are not
/// touched: neither they nor their moments change, and their weight decay does not act.
template <class Real>
class AdamW {
 public:
  /// One group of everything (`joint` coupling).
  AdamW(const AdamWConfig& config, Index size);
  /// One group per owner (`split` coupling), in the order of `owners`.
  AdamW(const AdamWConfig& config, Index size, const Partition& partition);

  /// Steps the groups of these owners; a single group always steps.
  void step(Flat<Real>& parameters, const Flat<Real>& gradient, const std::vector<Owner>& trainable, double rate);

  /// The state, for checkpoints.
  Flat<Real>& moment_1() { return m_; }
  Flat<Real>& moment_2() { return v_; }
  std::vector<Index> steps() const;
  void set_steps(const std::vector<Index>& steps);

 private:
  struct Run {
    Index offset, size;
  };
  struct Group {
    std::vector<Run> runs;
    Index steps = 0;
  };
  void add_runs(Group& group, Index offset, Index size);
  void step(Group& group, Flat<Real>& parameters, const Flat<Real>& gradient, double rate);

  AdamWConfig config_;
  Flat<Real> m_, v_;
  std::vector<Group> groups_;
};

/// The optimizer that a setting names: "joint" or "split".
template <class Real>
AdamW<Real> make_optimizer(const std::string& coupling, const AdamWConfig& config, Index size,
                           const Partition& partition) {
  return coupling == "split" ? AdamW<Real>(config, size, partition) : AdamW<Real>(config, size);
}

}  // namespace sgtm
