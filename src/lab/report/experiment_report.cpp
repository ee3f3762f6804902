#include "lab/report/experiment_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "core/error.hpp"
#include "core/folder.hpp"
#include "core/say.hpp"
#include "lab/experiments/asked.hpp"
#include "lab/report/table.hpp"
#include "text/strings.hpp"

namespace sgtm {
namespace {

/// How many different runs a table has.
template <class Run>
int how_many(const std::vector<Run>& table) {
  std::vector<PlannedRun> plans;
  for (const Run& run : table) plans.push_back(run.plan);
  return static_cast<int>(distinct(plans).size());
}

/// What has finished of all that was asked of an experiment; nothing where nothing has.
std::optional<Told> told(const Experiment& experiment, const Folders& folders, const Presets& preset, bool or_usual) {
  const Asked asked = everything_asked_of(experiment, folders, preset, or_usual);
  Told result{&experiment, asked.commands, {}, finished(asked.runs), 0, how_many(asked.runs), {}};
  if (result.runs.empty()) return std::nullopt;
  result.done = how_many(result.runs);
  try {
    result.analysis = experiment.analyse(result.runs);
  } catch (const std::out_of_range& e) {
    throw Error(fmt::format("{}: one of its results lacks what it asks of them ({}). Remove that run, and run it anew.",
                            experiment.name, e.what()));
  }
  auto& figures = result.analysis.figures;
  std::erase_if(figures, [](const auto& named_figure) { return is_empty(named_figure.second); });
  try {
    for (const auto& [name, figure] : figures) result.drawn.push_back(draw(figure));
  } catch (const Error& e) {  // a cluster's nodes may lack gnuplot: tables and page can do without
    say("{}: no figures, as {}", experiment.name, e.what());
    figures.resize(result.drawn.size());
  }
  return result;
}

void write_files(const Told& told, const fs::path& out) {
  const std::string name = told.experiment->name;
  nlohmann::ordered_json summary = told.analysis.summary;
  summary["verdicts"] = nlohmann::ordered_json::array();
  for (const Verdict& verdict : told.analysis.verdicts) summary["verdicts"].push_back(to_json(verdict));
  write_file(out / (name + ".csv"), runs_csv(told.runs));
  write_file(out / (name + ".json"), summary.dump(2) + "\n");
  write_file(out / (name + ".md"), experiment_markdown(told));
  for (std::size_t i = 0; i < told.drawn.size(); ++i)
    write_file(out / (told.analysis.figures[i].first + ".svg"), told.drawn[i]);
}

void print(const Told& told) {
  print_out("{}: {} of {} runs\n\n{}", told.experiment->name, told.done, told.planned, text_table(told.analysis.table));
  for (const Verdict& verdict : told.analysis.verdicts) print_out("  {}\n", text_of(verdict));
  print_out("\n");
}

std::string loss_cell(const Finished& run, const char* state, const char* source) {
  const BySource& losses = run.result.losses.at(state);
  return losses.contains(source) ? fmt::format(",{:.6f}", losses.at(source)) : ",";
}

std::string recall_cell(const Finished& run, const char* state, Source source) {
  const Recall* known = find_recall(run.result, state, name(source));
  return known != nullptr ? fmt::format(",{:.6f}", known->accuracy.mean) : ",";
}

}  // namespace

std::string runs_csv(const std::vector<Finished>& runs) {
  const bool asked =
      std::any_of(runs.begin(), runs.end(), [](const Finished& run) { return !run.result.recall.empty(); });
  std::string csv = "size,method,undiscovered,seed,parameters";
  for (const char* state : model_states)
    for (const char* source : {"retain", "forget"}) csv += fmt::format(",{}_{}", state, source);
  csv += ",unlabeled_forget_tokens,version";
  if (asked)  // of data with facts: the neighbours' loss, and the share of questions answered right
    for (const char* state : model_states) {
      csv += fmt::format(",{}_adjacent", state);
      for (const Source source : sources) csv += fmt::format(",{}_{}_recall", state, name(source));
    }
  csv += "\n";
  for (const Finished& run : runs) {
    csv += fmt::format("{},{},{},{},{}", csv_field(run.plan.size), csv_field(run.plan.method), run.plan.undiscovered,
                       run.plan.config.seed, run.result.parameters);
    for (const char* state : model_states)
      for (const char* source : {"retain", "forget"}) csv += loss_cell(run, state, source);
    csv += fmt::format(",{:.0f},{}", run.result.tokens.at("forget")[Label::unlabeled], run.result.version);
    if (asked)
      for (const char* state : model_states) {
        csv += loss_cell(run, state, "adjacent");
        for (const Source source : sources) csv += recall_cell(run, state, source);
      }
    csv += "\n";
  }
  return csv;
}

void report(const std::vector<std::string>& chosen, const Folders& folders, const Presets& preset,
            const fs::path& out) {
  const auto is_named = [&](const std::string& name) { return std::count(chosen.begin(), chosen.end(), name) > 0; };
  const auto is_chosen = [&](const std::string& name) { return chosen.empty() || is_named(name); };
  std::vector<Told> all;
  for (const Experiment& e : experiments()) {
    try {
      if (auto t = told(e, folders, preset, is_named(e.name) && !folders.results.empty())) all.push_back(*std::move(t));
    } catch (const Error& error) {
      if (is_chosen(e.name)) throw;
      say("{} is left off the page: {}", e.name, error.what());
    }
  }
  const std::string runs = folders.runs.string();
  for (const std::string& name : chosen)
    if (std::none_of(all.begin(), all.end(), [&](const Told& t) { return t.experiment->name == name; }))
      throw Error(fmt::format("{0}: no run has finished in {1}. First: sgtm experiment run {0}", name, runs));
  if (all.empty())
    throw Error(fmt::format("{}: no run has finished there. {}First, for example: sgtm experiment run undiscovered",
                            runs, folders.results.empty() ? "" : "Name the experiments that --results holds. "));
  check_place(out, "report");
  make_folder(out);
  const FolderLock lock(out, FolderLock::IfHeld::wait);  // two tables may end at once
  for (const Told& t : all)
    if (is_chosen(t.experiment->name)) write_files(t, out), print(t);
  write_file(out / "index.html", experiment_page(all));
  print_out("The page: {}\n", (out / "index.html").string());
}

}  // namespace sgtm
