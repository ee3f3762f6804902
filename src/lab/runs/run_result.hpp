#pragma once

#include <cmath>
#include <map>
#include <optional>

#include "core/machine.hpp"
#include "core/record.hpp"
#include "eval/recall.hpp"
#include "train/run_config.hpp"

namespace sgtm {

/// In what states a run's model is measured.
inline constexpr const char* model_states[] = {"trained", "ablated", "calibrated"};

/// States and sources in the order of tables.
struct InOrder {
  bool operator()(const std::string& a, const std::string& b) const;
};
template <class T>
using ByName = std::map<std::string, T, InOrder>;
/// A number for each source that a run has it of.
using BySource = ByName<double>;

/// A held-out loss on a run's way.
struct LossLook {
  Index step;
  std::string state, source;
  double loss = NAN;
};

/// Means over some held-out documents' gradients on a run's way. Of two looks, early and late, every document's norms
/// too: of the forget and of the retain parameters, relative to these.
struct GradientLook {
  Index step;
  std::string source;
  double labeled_forget_tokens, absorbed_share = NAN, forget_mask = NAN;
  std::optional<std::vector<double>> forget_norms = {}, retain_norms = {};
};

/// The relearning attack after some steps: the forget loss, and what it recalls where that was asked.
struct AttackLook {
  Index step;
  double forget_tokens, forget;
  std::optional<double> recall = {};
};

/// By source, how many held-out tokens have a loss of 0 to one bin (nats), of one to two, and so on.
struct TokenLosses {
  double bin = 0;
  std::map<std::string, std::vector<Index>> counts;
};

/// The model that a run went on from.
struct RunStart {
  std::string digest;
  Index added_forget_units = 0;
  bool operator==(const RunStart&) const = default;
};
template <Is<RunStart> R>
void for_each_part(R& start, auto visit) {
  visit("digest", start.digest), visit("added forget units", start.added_forget_units);
}

/// What a run found, as its result.json keeps it.
struct RunResult {
  /// Held-out, by state; none of a state that the run was not in.
  ByName<BySource> losses{{"trained", {}}, {"ablated", {}}, {"calibrated", {}}};
  BySource floor;  // the least loss that can be reached, where it is known
  TokenLosses token_losses;
  ByName<std::vector<Recall>> recall;  // by state, where the data has questions
  std::vector<AttackLook> relearning;
  std::vector<LossLook> evaluations;
  std::vector<GradientLook> gradients;
  Index parameters = 0, steps = 0;
  ByName<Per<Label, Index>> labels;   // training documents, by source
  ByName<Per<Label, double>> tokens;  // that were trained on, by source
  double skipped_tokens = NAN, tokens_per_second = NAN, training_seconds = NAN;
  int threads = 0;
  std::uint64_t seed = 0;
  RunConfig settings = {};
  std::string data, version;
  Index numerics = 0;
  Machine machine = {};
  std::optional<RunStart> from = {};
};

/// What is recalled of a group in a state; null, or an Error, where nobody asked.
const Recall* find_recall(const RunResult& result, const std::string& state, const std::string& group);
const Recall& recall_of(const RunResult& result, const std::string& state, const std::string& group);

nlohmann::ordered_json to_json(const RunResult& result);

/// A result that is cut, or not one at all.
struct Damaged : Error {
  using Error::Error;
};

/// What was written of to_json. What the settings ask for is there. Results of earlier versions lack some of the rest.
/// Throws Damaged, and Error where the file can't be read.
RunResult read_result(const fs::path& path);

}  // namespace sgtm
