#pragma once

#include <cstdint>
#include <map>

#include "eval/statistics.hpp"
#include "lab/tables/planned_run.hpp"

namespace sgtm {

/// Runs that are read together.
using Runs = std::vector<const Finished*>;
/// The runs of one size, method and rate, one per seed.
Runs runs_of(const std::vector<Finished>& all, const std::string& size, const std::string& method, double undiscovered);

/// A held-out loss of one run. What does not split has no ablated loss: it is the trained one.
double loss_of(const Finished& run, const char* state, const char* source);

/// Something that is read off one run.
using Measure = std::function<double(const Finished&)>;
/// Over those runs' seeds, as in mean_over({...}, loss("calibrated", "forget")).
Estimated mean_over(const Runs& runs, const Measure& measure);
std::vector<double> values(const Runs& runs, const Measure& measure);
Measure loss(const char* state, const char* source);

/// A number per seed.
using BySeed = std::map<std::uint64_t, double>;
BySeed by_seed(const Runs& runs, const Measure& measure);
/// a - b, of the seeds that both have.
BySeed minus(const BySeed& a, const BySeed& b);
std::vector<double> values(const BySeed& of);

/// The pairs of a run of each list whose seeds are equal.
std::vector<std::pair<const Finished*, const Finished*>> of_equal_seed(const Runs& first, const Runs& second);
/// second - first, seed by seed. Runs whose seed the other list lacks don't count; empty where none is left.
std::vector<double> paired_differences(const Runs& first, const Runs& second, const Measure& measure);

/// The sizes, methods or rates that occur, each once, in the order of their first run.
std::vector<std::string> sizes_in(const std::vector<Finished>& all);
std::vector<std::string> methods_in(const std::vector<Finished>& all, const std::string& size);
std::vector<double> rates_in(const std::vector<Finished>& all, const std::string& size, const std::string& method);

/// Any run of a size, for the floors of its data: all of a size share them, but in `entanglement`.
const Finished& one_of(const std::vector<Finished>& all, const std::string& size);

/// A method at a share of undiscovered documents, and what figures and tables call it.
struct NamedMethod {
  const char* title;
  const char* method;
  double undiscovered;
};

}  // namespace sgtm
