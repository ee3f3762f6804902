#pragma once

#include "lab/runs/run_result.hpp"
#include "lab/runs/step_log.hpp"
#include "train/trainer.hpp"

namespace sgtm {

/// What is looked at on a run's way, without touching it: every `evaluate_every` steps, held-out losses of the model as
/// it is, ablated and calibrated, and, also at the end, the gradients of some held-out documents. (Unlearning comes
/// after the end: what `end` adds of an unlearned run is of the model after it.)
class Course {
 public:
  /// Writes evaluations.csv and gradients.csv to the run's folder; a resumed run goes on with them.
  Course(const RunConfig& config, const Dataset& data, Trainer& trainer, const fs::path& folder);

  /// Looks, if it is time to.
  void look();
  /// Adds the losses that the finished run was found to have, by state.
  void end(const ByName<BySource>& losses);
  /// What was seen is in the files from here on.
  void flush();

  /// Of every look, as evaluations.csv has them.
  std::vector<LossLook> losses() const;
  /// Per look and source; with every document's norms early (the first look after the beginning) and late (the last).
  std::vector<GradientLook> gradients() const;

 private:
  Index looks_so_far() const;
  Index loss_rows() const;      // that a look adds
  Index gradient_rows() const;  // the same
  void look_at_losses();
  void look_at_gradients();

  const RunConfig& config_;
  const Dataset& data_;
  Trainer& trainer_;
  fs::path folder_;
  Index every_;  // steps; 0: never
  StepLog losses_, gradients_;
};

}  // namespace sgtm
