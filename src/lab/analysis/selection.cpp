#include "lab/analysis/selection.hpp"

#include <algorithm>

namespace sgtm {
namespace {

template <class T>
void add_once(std::vector<T>& list, const T& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

}  // namespace

Runs runs_of(const std::vector<Finished>& all, const std::string& size, const std::string& method,
             double undiscovered) {
  Runs chosen;
  for (const Finished& run : all)
    if (run.plan.size == size && run.plan.method == method && run.plan.undiscovered == undiscovered)
      chosen.push_back(&run);
  return chosen;
}

double loss_of(const Finished& run, const char* state, const char* source) {
  const BySource& losses = run.result.losses.at(state);
  return losses.empty() ? run.result.losses.at("trained").at(source) : losses.at(source);
}

Measure loss(const char* state, const char* source) {
  return [state, source](const Finished& run) { return loss_of(run, state, source); };
}

std::vector<double> values(const Runs& runs, const Measure& measure) {
  std::vector<double> all;
  for (const Finished* run : runs) all.push_back(measure(*run));
  return all;
}

Estimated mean_over(const Runs& runs, const Measure& measure) {
  return estimate_mean(values(runs, measure));
}

BySeed by_seed(const Runs& runs, const Measure& measure) {
  BySeed found;
  for (const Finished* run : runs) found[run->plan.config.seed] = measure(*run);
  return found;
}

BySeed minus(const BySeed& a, const BySeed& b) {
  BySeed difference;
  for (const auto& [seed, value] : a)
    if (b.contains(seed)) difference[seed] = value - b.at(seed);
  return difference;
}

std::vector<double> values(const BySeed& of) {
  std::vector<double> all;
  for (const auto& [seed, value] : of) all.push_back(value);
  return all;
}

std::vector<std::pair<const Finished*, const Finished*>> of_equal_seed(const Runs& first, const Runs& second) {
  std::vector<std::pair<const Finished*, const Finished*>> pairs;
  for (const Finished* a : first)
    for (const Finished* b : second)
      if (a->plan.config.seed == b->plan.config.seed) pairs.emplace_back(a, b);
  return pairs;
}

std::vector<double> paired_differences(const Runs& first, const Runs& second, const Measure& measure) {
  return values(minus(by_seed(second, measure), by_seed(first, measure)));
}

std::vector<std::string> sizes_in(const std::vector<Finished>& all) {
  std::vector<std::string> sizes;
  for (const Finished& run : all) add_once(sizes, run.plan.size);
  return sizes;
}

std::vector<std::string> methods_in(const std::vector<Finished>& all, const std::string& size) {
  std::vector<std::string> methods;
  for (const Finished& run : all)
    if (run.plan.size == size) add_once(methods, run.plan.method);
  return methods;
}

std::vector<double> rates_in(const std::vector<Finished>& all, const std::string& size, const std::string& method) {
  std::vector<double> rates;
  for (const Finished& run : all)
    if (run.plan.size == size && run.plan.method == method) add_once(rates, run.plan.undiscovered);
  return rates;
}

const Finished& one_of(const std::vector<Finished>& all, const std::string& size) {
  return *std::find_if(all.begin(), all.end(), [&](const Finished& run) { return run.plan.size == size; });
}

}  // namespace sgtm
