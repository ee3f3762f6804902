#pragma once

#include "core/files.hpp"
#include "lab/runs/run_result.hpp"

namespace sgtm {

/// Where a run reads and writes, and how. Only what the data and the first model are changes its result.
struct RunOptions {
  fs::path data, out;
  Index save_every = 200;  // steps: what a kill -9 may lose
  bool overwrite = false;
  bool skip = true;            // leave out work that the masks would zero (sgtm/skip.hpp)
  fs::path from = {};          // a model to go on from; empty: a new one
  Index add_forget_units = 0;  // that it gets in addition (sgtm/expansion.hpp)
};

/// One run, from its configuration to its result: trains, ablates or unlearns, attacks, calibrates, evaluates. The
/// folder `out` then holds
///
///     settings.json          the configuration, and which data it was
///     metrics.csv            one line per step
///     evaluations.csv        held-out losses along the way, with evaluate_every; else only its head
///     gradients.csv          per held-out document, relative gradient norms along the way, with gradient_documents
///     model.safetensors, config.json, vocab.json, merges.txt    the trained model, before ablation
///     result.json            see runs/run_result.hpp
///
/// and while it is running checkpoint.safetensors. A run that was cut off goes on from there and ends with the same
/// bits as one that was not; one that has finished is not run again. Throws Error, or Interrupted
/// after Ctrl-C, when the state is saved. With `overwrite` a finished run stays in `old run` until this one has
/// finished.
RunResult run(const RunConfig& config, const RunOptions& options);

/// What `sgtm` is given to make a run: train, the data, the preset of this name and settings, what differs from it, and
/// the folder. The strategy is always named.
std::string train_arguments(const RunConfig& config, const std::string& preset, RunConfig preset_settings,
                            const fs::path& data, const fs::path& out);

/// Whether what an earlier call left in this folder, if anything, can be read.
bool can_go_on(const fs::path& out);

/// Removes what `run` would go on from in this folder, so that it begins anew.
void clear_run(const fs::path& out);

}  // namespace sgtm
