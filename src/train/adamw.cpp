#include "train/adamw.hpp"

#include <algorithm>
#include <cmath>

namespace sgtm {

template <class Real>
AdamW<Real>::AdamW(const AdamWConfig& config, Index size)
    : config_(config), m_(Flat<Real>::Zero(size)), v_(Flat<Real>::Zero(size)), groups_(1) {
  add_runs(groups_[0], 0, size);
}

template <class Real>
AdamW<Real>::AdamW(const AdamWConfig& config, Index size, const Partition& partition)
    : config_(config), m_(Flat<Real>::Zero(size)), v_(Flat<Real>::Zero(size)), groups_(owners.size()) {
  for (std::size_t i = 0; i < owners.size(); ++i)
    for_each_run(partition.of(owners[i]), [&](Index offset, Index count) { add_runs(groups_[i], offset, count); });
}

/// Long runs are cut, so that threads can share them out.
template <class Real>
void AdamW<Real>::add_runs(Group& group, Index offset, Index size) {
  constexpr Index longest = 1 << 14;
  for (Index done = 0; done < size; done += longest)
    group.runs.push_back({offset + done, std::min(longest, size - done)});
}

template <class Real>
void AdamW<Real>::step(Flat<Real>& parameters, const Flat<Real>& gradient, const std::vector<Owner>& trainable,
                       double rate) {
  if (groups_.size() == 1) return step(groups_[0], parameters, gradient, rate);
  for (const Owner owner : trainable) step(groups_[static_cast<std::size_t>(owner)], parameters, gradient, rate);
}

template <class Real>
void AdamW<Real>::step(Group& group, Flat<Real>& parameters, const Flat<Real>& gradient, double rate) {
  ++group.steps;
  const auto t = static_cast<double>(group.steps);
  const auto keep = static_cast<Real>(1 - rate * config_.weight_decay);
  const auto beta_1 = static_cast<Real>(config_.beta_1), beta_2 = static_cast<Real>(config_.beta_2);
  const auto new_1 = static_cast<Real>(1 - config_.beta_1), new_2 = static_cast<Real>(1 - config_.beta_2);
  const auto step_size = static_cast<Real>(rate / (1 - std::pow(config_.beta_1, t)));
  const auto root_bias = static_cast<Real>(std::sqrt(1 - std::pow(config_.beta_2, t)));
  const auto epsilon = static_cast<Real>(config_.epsilon);
  const auto runs = static_cast<Index>(group.runs.size());
#pragma omp parallel for schedule(static)
  for (Index r = 0; r < runs; ++r) {
    const auto [offset, size] = group.runs[static_cast<std::size_t>(r)];
    for (Index i = offset; i < offset + size; ++i) {
      const Real g = gradient[i];
      m_[i] = beta_1 * m_[i] + new_1 * g;
      v_[i] = beta_2 * v_[i] + new_2 * g * g;
      parameters[i] = keep * parameters[i] - step_size * m_[i] / (std::sqrt(v_[i]) / root_bias + epsilon);
    }
  }
}

template <class Real>
std::vector<Index> AdamW<Real>::steps() const {
  std::vector<Index> steps;
  for (const Group& group : groups_) steps.push_back(group.steps);
  return steps;
}

template <class Real>
void AdamW<Real>::set_steps(const std::vector<Index>& steps) {
  for (std::size_t i = 0; i < groups_.size(); ++i) groups_[i].steps = steps.at(i);
}

template class AdamW<float>;
template class AdamW<double>;

}  // namespace sgtm
