#pragma once

#include <optional>

#include "core/files.hpp"
#include "experiments/experiment.hpp"

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
};

/// Of a run's scheduled tokens those that are trained on, with half of them forget, as on stories: filters skip some.
double trained_tokens(const RunConfig& config);

/// What a run has to do, in tokens of training: its training, and roughly what its calibrations and its attack equal,
/// with documents half as long as the context; questions and RMU are not counted.
double work_of(const RunConfig& config);

/// What several experiments share, once, whatever they call it.
std::vector<PlannedRun> distinct(const std::vector<PlannedRun>& table);

/// Prepares the data that are missing, and gives every run its place. What the table names twice is kept once.
std::vector<PlacedRun> place(const std::vector<PlannedRun>& table, const Presets& preset, const Folders& folders);

/// Writes down that an experiment has been asked for in this size, so that a report knows what there is to tell.
void remember(const std::string& experiment, const Sizing& sizing, const Folders& folders);

/// The runs of all sizes in which an experiment has been asked for, each once; quick ones only while no others have
/// finished. Empty where it never was.
std::vector<PlacedRun> everything_asked_of(const Experiment& experiment, const Folders& folders, const Presets& preset);

/// The result where the run has finished; throws Error where its file is damaged or of another numerics version.
std::optional<nlohmann::ordered_json> result_of(const PlacedRun& run);

/// Copies a result to where results are kept, where there is none yet.
void keep(const PlacedRun& run, const nlohmann::ordered_json& result);

/// Those that have finished. Their results are also written to where results are kept.
std::vector<Finished> finished(const std::vector<PlacedRun>& runs);

enum class PlanFormat { lines, make, slurm };
/// The table for engines that run it elsewhere: one command per line, a Makefile for `make -j`, or a Slurm job array.
/// Runs whose results are kept are left out. Throws Error where all are, or make could not read the folders' names.
std::string plan_text(const std::vector<PlacedRun>& runs, PlanFormat format, const std::string& name);

}  // namespace sgtm
