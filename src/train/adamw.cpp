#include "train/adamw.hpp"

#include <algorithm>
#include <cmath>

namespace sgtm {
namespace {

/// The same entries in ranges of no more than 2^14, so that threads can share them out.
EntryRanges in_shares(const EntryRanges& ranges) {
  constexpr Index longest = 1 << 14;
  EntryRanges shares;
  for (const auto& [begin, end] : ranges)
    for (Index i = begin; i < end; i += longest) shares.push_back({i, std::min(i + longest, end)});
  return shares;
}

}  // namespace

template <class Real>
AdamW<Real>::AdamW(const AdamWConfig& config, Index size) : AdamW(config, size, {{{0, size}}}) {}

template <class Real>
AdamW<Real>::AdamW(const AdamWConfig& config, Index size, const std::vector<EntryRanges>& groups)
    : config_(config), m_(Flat<Real>::Zero(size)), v_(Flat<Real>::Zero(size)) {
  for (const EntryRanges& ranges : groups) groups_.push_back({in_shares(ranges)});
}

template <class Real>
void AdamW<Real>::step(Flat<Real>& parameters, const Flat<Real>& gradient, double rate) {
  for (Group& group : groups_) step(group, parameters, gradient, rate);
}

template <class Real>
void AdamW<Real>::step(Flat<Real>& parameters, const Flat<Real>& gradient, const std::vector<std::size_t>& groups,
                       double rate) {
  for (const std::size_t group : groups) step(groups_[group], parameters, gradient, rate);
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
  const auto ranges = static_cast<Index>(group.ranges.size());
#pragma omp parallel for schedule(static)
  for (Index r = 0; r < ranges; ++r) {
    const auto [begin, end] = group.ranges[static_cast<std::size_t>(r)];
    for (Index i = begin; i < end; ++i) {
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
