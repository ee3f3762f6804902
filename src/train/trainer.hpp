#pragma once

#include "model/network.hpp"
#include "sgtm/plan.hpp"
#include "train/adamw.hpp"
#include "train/loader.hpp"
#include "train/schedule.hpp"

namespace sgtm {

/// What one step did, for metrics.csv and the progress line.
struct StepReport {
  Index step;
  double rate;
  Source source;
  Label label;
  bool skipped;
  double loss;   // nats per predicted token, over the documents of the step
  Index tokens;  // end tokens included
};

/// What a run has done so far, over all its resumptions.
struct Totals {
  Per<Source, Per<Label, double>> trained{};  // tokens
  double skipped = 0;                         // tokens that a filter skipped
  double seconds = 0;
  double trained_tokens() const;
};

/// Trains one model: see `step`, the page that everything else in this program exists for.
class Trainer {
 public:
  /// `skip`: leaves out work that the masks would zero; the bits are the same without it.
  explicit Trainer(const RunConfig& config, const Dataset& data, bool skip = true);
  Trainer(const Trainer&) = delete;  // its parts point at each other
  Trainer& operator=(const Trainer&) = delete;

  /// One optimizer step. Throws Error where the loss is not finite; parameters are then as before the step.
  StepReport step();

  Index next_step() const { return next_; }
  Index steps() const { return loader_.steps(); }
  const Layout& layout() const { return layout_; }
  const Partition& partition() const { return partition_; }
  Loader& loader() { return loader_; }
  Network<float>& network() { return network_; }
  const Totals& totals() const { return totals_; }
  Flat<float>& parameters() { return parameters_; }
  AdamW<float>& optimizer() { return optimizer_; }

  /// The state, from which a new Trainer of the same configuration goes on as if it had never stopped.
  void save(const fs::path& file);
  void restore(const fs::path& file);

 private:
  RunConfig config_;
  Layout layout_;
  Partition partition_;
  Loader loader_;
  Schedule schedule_;
  Per<Label, MaskPlan<float>> plans_;
  Network<float> network_;
  AdamW<float> optimizer_;
  Per<Label, std::vector<std::size_t>> groups_;  // that step
  Flat<float> parameters_, gradient_;
  Index next_ = 0;
  Totals totals_;
};

}  // namespace sgtm
