#pragma once

#include <functional>
#include <optional>

#include "core/error.hpp"
#include "core/files.hpp"
#include "lab/runs/run_result.hpp"
#include "lab/tables/planned_run.hpp"

namespace sgtm {

/// Where runs live, and where their results are kept too, small files that survive the runs; empty for nowhere.
struct Folders {
  fs::path runs = "runs", results;
};

/// A run of a table with its place: `folder` is runs/ and a hash of the resolved settings (the seed among them), of the
/// data and of the numerics version; nothing of threads, paths or save intervals. So runs that several experiments
/// share are one folder, run once.
struct PlacedRun {
  PlannedRun plan;
  fs::path folder;
  fs::path kept;          // a copy of its result, where results are kept
  std::string arguments;  // of sgtm, without --threads, as a shell reads them
  double cost;            // GFLOP: 6 x work x parameters
  fs::path from = {};     // the folder of the run that it goes on from
};

/// Of a run's scheduled tokens those that are trained on, with half of them forget, as on stories: filters skip some.
double trained_tokens(const RunConfig& config);

/// What a run has to do, in tokens of training: its training, and roughly what its calibrations and its attack equal,
/// with documents half as long as the context; questions and RMU are not counted.
double work_of(const RunConfig& config);

/// What tells a run from others, whatever an experiment calls it: its settings and its data.
std::string identity_of(const PlannedRun& run);

/// What several experiments share, once.
std::vector<PlannedRun> distinct(const std::vector<PlannedRun>& table);

/// Prepares the data that are missing, and gives every run its place. What the table names twice is kept once. What
/// a run goes on from is put before it where the table lacks it.
std::vector<PlacedRun> place(const std::vector<PlannedRun>& table, const Presets& preset, const Folders& folders);

/// Where the run's result lies: in its folder, or else where results are kept. Empty: nowhere yet.
fs::path result_path(const PlacedRun& run);

/// Whether the run's folder holds its model, for others to go on from; its result alone may be kept elsewhere.
bool has_model(const fs::path& folder);

/// What is not done, each run once, in the table's order; also what such a run goes on from where its model is gone.
std::vector<const PlacedRun*> runs_to_make(const std::vector<PlacedRun>& table,
                                           const std::function<bool(const PlacedRun&)>& is_done);

/// The result where the run has finished. Throws Damaged, and Error where its file can't be read, or is of another
/// numerics version or of other settings than the folder's name says.
std::optional<RunResult> result_of(const PlacedRun& run);

/// Copies a result to where results are kept, where there is none yet. Throws Error where it can't.
void keep(const PlacedRun& run, const RunResult& result);

/// Those that have finished. Their results are also written to where results are kept, or it is told on stderr why not.
std::vector<Finished> finished(const std::vector<PlacedRun>& runs);

}  // namespace sgtm
