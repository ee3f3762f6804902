#include <fmt/ranges.h>

#include <map>

#include "cli/commands.hpp"
#include "core/progress.hpp"
#include "lab/bench/speed.hpp"
#include "lab/experiments/asked.hpp"
#include "lab/report/experiment_report.hpp"
#include "lab/tables/execute.hpp"
#include "lab/tables/plan_text.hpp"

namespace sgtm {
namespace {

struct ExperimentOptions {
  std::string name;
  std::vector<std::string> names;
  std::string size;  // empty, and 0 seeds: the experiment's own
  int seeds = 0;
  bool quick = false;
  Folders folders;
  fs::path out;
  int jobs = 0;
  bool estimate = false;
  std::string format = "lines";
};

RunConfig preset(const std::string& name) {
  if (name.find('/') != std::string::npos)
    throw Error(
        fmt::format("--size {}: has a '/', but names figures' files. Put the preset into the present folder.", name));
  RunConfig config = parse_settings({"--preset", name});
  if (config.calibration_steps == 0)
    throw Error(
        fmt::format("--size {}: experiments compare calibrated losses, and this has calibration-steps = 0.", name));
  if (config.steps > 0)
    throw Error(fmt::format("--size {}: experiments need a preset that says how many tokens, not steps.", name));
  return config;
}

/// What was asked for, and else the experiment's own size and seeds.
Sizing sizing_of(const Experiment& experiment, const ExperimentOptions& o) {
  return {o.size.empty() ? experiment.size : o.size, o.seeds == 0 ? experiment.seeds : o.seeds, o.quick, preset};
}

/// The table that was asked for, which reports will remember.
std::vector<PlacedRun> table_of(const Experiment& experiment, const ExperimentOptions& o) {
  const Sizing sizing = sizing_of(experiment, o);
  auto table = place(experiment.runs(sizing), sizing.preset, o.folders);
  remember(experiment.name, sizing, o.folders);
  return table;
}

void report_to(const ExperimentOptions& o) {
  report(o.names, o.folders, preset, o.out.empty() ? o.folders.runs / "report" : o.out);
}

/// By size, seconds per token: timed once.
using Timings = std::map<std::string, double>;

/// Seconds on all cores, with one thread per run and as many runs as cores.
double seconds_of(const std::vector<PlannedRun>& table, Timings& per_token) {
  double seconds = 0;
  const int cores = threads_in_use();
  use_threads(1);
  for (const PlannedRun& run : table) {
    if (!per_token.contains(run.size))
      per_token[run.size] = 1 / estimate(run.config, run.config.model.context / 2).tokens_per_second;
    seconds += work_of(run.config) * per_token[run.size] / cores;
  }
  use_threads(cores);
  return seconds;
}

void list(const ExperimentOptions& o) {
  std::vector<std::vector<std::string>> rows{{"name", "figure", "size", "seeds", "runs", "time here", "question"}};
  Timings timings;
  for (const Experiment& e : experiments()) {
    const Sizing sizing = sizing_of(e, o);
    const auto table = distinct(e.runs(sizing));
    rows.push_back({e.name, e.figure, sizing.size, std::to_string(sizing.seeds), std::to_string(table.size()),
                    duration_text(seconds_of(table, timings)), e.question});
  }
  print_out("{}", text_table(rows));
}

void run(const ExperimentOptions& o) {
  if (o.estimate) {
    std::vector<PlannedRun> table;
    Timings timings;
    for (const std::string& name : o.names) {
      const Experiment& experiment = named(experiments(), name, "experiment");
      for (const PlannedRun& run : experiment.runs(sizing_of(experiment, o))) table.push_back(run);
    }
    table = distinct(table);
    print_out("{}: {} runs, about {} on {} cores if none has finished\n", fmt::join(o.names, ", "), table.size(),
              duration_text(seconds_of(table, timings)), threads_in_use());
    return;
  }
  if (!o.folders.results.empty() && !fs::exists(o.folders.results)) {
    make_folder(o.folders.results);  // not only after the first run
    say("{}: is new; results will be kept there.", o.folders.results.string());
  }
  std::vector<PlacedRun> table;
  for (const std::string& name : o.names)
    for (const PlacedRun& run : table_of(named(experiments(), name, "experiment"), o)) table.push_back(run);
  const auto failed = execute(table, o.jobs > 0 ? o.jobs : threads_in_use());
  for (const std::string& failure : failed) say("failed: {}", failure);
  try {
    report_to(o);
  } catch (const Error& e) {
    if (failed.empty()) throw;
    say("{}", e.what());
  }
  if (!failed.empty())
    throw Error(fmt::format("{} failed. Repeat the command when the cause is mended.", failed.size()));
}

void plan(const ExperimentOptions& o) {
  const std::map<std::string, PlanFormat> formats{
      {"lines", PlanFormat::lines}, {"make", PlanFormat::make}, {"slurm", PlanFormat::slurm}};
  const auto table = table_of(named(experiments(), o.name, "experiment"), o);
  print_out("{}", plan_text(table, formats.at(o.format), o.name, this_program()));
}

void add_sizing(CLI::App& command, ExperimentOptions& o) {
  command.add_option("--size", o.size,
                     "preset; for scaling and the compute penalties the largest of the ladder (default: the "
                     "experiment's own, as list tells)");
  command.add_option("--seeds", o.seeds, "runs of each kind (default: the experiment's own)")->check(between(1, 1000));
  command.add_flag("--quick", o.quick,
                   "only shows that everything works: few stories, short runs, best in --runs of their own");
}

void add_folders(CLI::App& command, ExperimentOptions& o) {
  command.add_option("--runs", o.folders.runs, "folder of all runs")->capture_default_str();
  command.add_option("--results", o.folders.results,
                     "folder that also keeps every run's result, a small file: what is there is not run again");
}

}  // namespace

void add_experiment(CLI::App& program) {
  const auto o = std::make_shared<ExperimentOptions>();
  CLI::App* command = program.add_subcommand("experiment", "the paper's figures: tables of runs, and what they say");
  command->require_subcommand(1);
  CLI::App* listing = command->add_subcommand("list", "the experiments, and how long each takes here");
  add_sizing(*listing, *o);
  listing->callback([o] { list(*o); });

  CLI::App* running = command->add_subcommand("run", "run what has not finished, then report");
  running->add_option("names", o->names, "experiments; what they share runs once")->required();
  add_sizing(*running, *o);
  add_folders(*running, *o);
  running->add_option("--jobs", o->jobs, "runs at a time, which share the cores (default: one per core)")
      ->check(between(1, 1024));
  running->add_flag("--estimate", o->estimate, "only tell how long it would take, one run per core")
      ->excludes("--jobs");
  running->add_option("--out", o->out, "folder for table, figures and page (default: report in --runs)");
  running->callback([o] { run(*o); });

  CLI::App* reporting = command->add_subcommand("report", "what the finished runs say, as CSV, JSON, SVG and pages");
  reporting->add_option("names", o->names, "experiments (default: all)");
  add_folders(*reporting, *o);
  reporting->add_option("--out", o->out, "folder to write (default: report in --runs)");
  reporting->callback([o] {
    for (const std::string& name : o->names) named(experiments(), name, "experiment");
    report_to(*o);
  });

  CLI::App* planning = command->add_subcommand("plan", "the runs as commands, for engines that run them elsewhere");
  planning->add_option("name", o->name, "an experiment")->required();
  add_sizing(*planning, *o);
  add_folders(*planning, *o);
  planning->add_option("--format", o->format, "lines, make or slurm")
      ->capture_default_str()
      ->check(CLI::IsMember({"lines", "make", "slurm"}));
  planning->callback([o] { plan(*o); });
  command->footer(
      "Examples:\n  sgtm experiment run scaling --size 0.25M\n  sgtm experiment run fields --estimate\n  sgtm "
      "experiment run undiscovered --quick --size nano\n"
      "  sgtm experiment plan leakage --format make | make -j 4 -f -");
}

}  // namespace sgtm
