#include "lab/runs/run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "core/error.hpp"
#include "core/folder.hpp"
#include "core/interrupt.hpp"
#include "core/machine.hpp"
#include "core/progress.hpp"
#include "core/safetensors.hpp"
#include "core/say.hpp"
#include "lab/runs/after_training.hpp"
#include "lab/runs/course.hpp"
#include "lab/runs/saved_model.hpp"
#include "lab/runs/step_log.hpp"
#include "model/model_files.hpp"
#include "sgtm/expansion.hpp"
#include "text/strings.hpp"
#include "train/trainer.hpp"

namespace sgtm {
namespace {

/// Which data a run is trained on, and from which model it goes on.
struct DataIdentity {
  std::string tokenizer;
  Index context = 0;
  std::map<std::string, std::vector<Index>> documents_and_tokens;  // of training, by source
  std::optional<std::string> digest, questions;
  std::optional<RunStart> from;
  bool operator==(const DataIdentity&) const = default;
};

template <Is<DataIdentity> R>
void for_each_part(R& data, auto visit) {
  visit("tokenizer", data.tokenizer), visit("context", data.context);
  visit("documents and tokens", data.documents_and_tokens), visit("digest?", data.digest);
  visit("questions?", data.questions), visit("from?", data.from);
}

/// What a run's settings.json holds.
struct RunSettings {
  RunConfig settings;
  DataIdentity data;
  std::string version = sgtm::version();
};

template <Is<RunSettings> R>
void for_each_part(R& of, auto visit) {
  visit("settings", of.settings), visit("data?", of.data), visit("version?", of.version);
}

RunSettings settings_of(const RunConfig& config, const Dataset& data, const RunOptions& options) {
  RunSettings of{config, {data.tokenizer_fingerprint, data.context, {}, data.digest, {}, {}}};
  for (const auto& [name, part] : data.parts)
    if (part.train) of.data.documents_and_tokens[name] = {part.train->documents(), part.train->tokens()};
  if (!data.questions.empty()) of.data.questions = data.questions;
  if (!options.from.empty()) of.data.from = {ModelFiles(options.from).digest(), options.add_forget_units};
  return of;
}

RunSettings read_settings(const fs::path& path) {
  return read_record<RunSettings>(path, "Give --overwrite to run anew.");
}

/// Throws Error where the folder holds a run of other settings, naming the first that differs. Tells of another build.
void check_same_run(const fs::path& out, RunSettings now) {
  const fs::path path = out / "settings.json";
  if (!fs::exists(path)) return;
  const RunSettings old = read_settings(path);
  if (!old.data.digest) now.data.digest.reset();  // runs of earlier versions don't say which tokens they had
  std::string difference = other_setting(old.settings, now.settings);
  if (difference.empty() && old.data != now.data) difference = "other data";
  if (!difference.empty())
    throw Error(fmt::format("{}: holds a run with another configuration ({}). Choose another --out, or --overwrite.",
                            out.string(), difference));
  if (old.version != now.version) say("{}: was begun by sgtm {}; this is {}.", out.string(), old.version, now.version);
}

/// Throws Error where a folder's name could not be written into JSON: better now than after training.
void check_utf8(const fs::path& folder) {
  try {
    nlohmann::json(fs::absolute(folder).string()).dump();
  } catch (const nlohmann::json::exception&) {
    throw Error(fmt::format("{}: the name is not UTF-8. Rename the folder.", folder.string()));
  }
}

// Settings last: as long as they are there, the folder is a run's.
constexpr const char* run_files[] = {"result.json",   "checkpoint.safetensors", "metrics.csv", "evaluations.csv",
                                     "gradients.csv", "model.safetensors",      "config.json", "vocab.json",
                                     "merges.txt",    "settings.json"};
constexpr const char* old_run = "old run";  // where a finished run stays until the one in its place has finished

void set_aside(const fs::path& out) {
  if (!fs::exists(out / "result.json")) return clear_run(out);
  fs::remove_all(out / old_run);
  make_folder(out / old_run);
  for (const char* file : run_files)
    if (fs::exists(out / file)) fs::rename(out / file, out / old_run / file);
}

/// A model in the folder that the run writes would be set aside, or trained over, before it is read.
void check_is_elsewhere(const fs::path& from, const fs::path& out) {
  const fs::path model = fs::weakly_canonical(model_file(from)), folder = fs::weakly_canonical(out);
  if (const auto [end, ignored] = std::mismatch(folder.begin(), folder.end(), model.begin(), model.end());
      end == folder.end())
    throw Error(fmt::format("--from {}: lies in --out {}, which the run writes. Choose another --out.", from.string(),
                            out.string()));
}

/// Where all of it is zero, no gradient reaches it.
void check_forget_part_lives(const RunConfig& config, const fs::path& from, const Flat<float>& parameters) {
  const Strategy& strategy = strategy_named(config.strategy);
  const Layout layout(config.model);
  const Ranges forget = make_partition(layout, config.model, config.split, strategy).forget;
  bool zero = true;
  for_each_range(forget,
                 [&](Index offset, Index count) { zero = zero && (parameters.segment(offset, count) == 0).all(); });
  if (size(forget) > 0 && zero)
    throw Error(
        fmt::format("{}: its forget part is zero, so that it could never learn. Draw it anew with: sgtm ablate "
                    "--trainable, or take it out with --shrink.",
                    from.string()));
}

/// The parameters that a run starts from. Throws Error where the model was trained with another tokenizer than the
/// data's.
Flat<float> start_of(const RunConfig& config, const RunOptions& options, const Tokenizer& tokenizer) {
  const SavedModel model = read_model(options.from);
  const fs::path folder = model_file(options.from).parent_path();
  if (const std::string expected = tokenizer_of(model, folder);
      !expected.empty() && expected != fmt::format("{:016x}", tokenizer.fingerprint()))
    throw Error(fmt::format("{}: was made with another tokenizer than the model. Prepare it again with --tokenizer {}.",
                            options.data.string(), folder.string()));
  Flat<float> parameters = options.add_forget_units > 0
                               ? with_units(model.config, model.parameters, options.add_forget_units, config.seed)
                               : model.parameters;
  if (parameters.size() != Layout(config.model).size)
    throw Error(
        fmt::format("{}: has another shape than the run. Leave its shape out of the settings.", options.from.string()));
  check_forget_part_lives(config, options.from, parameters);
  return parameters;
}

/// One run in progress.
class Run {
 public:
  Run(const RunConfig& config, const RunOptions& options, const Dataset& data, const Tokenizer& tokenizer)
      : config_(config),
        options_(options),
        data_(data),
        tokenizer_(tokenizer),
        questions_(read_questions(data.path)),
        trainer_(config, data, options.skip) {
    if (!options.from.empty()) trainer_.parameters() = start_of(config, options, tokenizer);
  }

  RunResult operator()(const std::optional<RunStart>& from) {
    if (fs::exists(checkpoint())) trainer_.restore(checkpoint());
    Course course(config_, data_, trainer_, options_.out);
    train(course);
    save_model();
    RunResult result = after_training(trainer_, config_, data_, tokenizer_, questions_, course);
    result.from = from;
    write_file(options_.out / "result.json", to_json(result).dump(2) + "\n");
    fs::remove(checkpoint());
    return result;
  }

 private:
  fs::path checkpoint() const { return options_.out / "checkpoint.safetensors"; }

  void train(Course& course) {
    const Index first = trainer_.next_step(), steps = trainer_.steps();
    StepLog metrics(options_.out / "metrics.csv", "step,rate,source,label,skipped,tokens,loss", first, first);
    Progress progress("training", "tokens", 0);
    const auto save = [&] {
      metrics.flush(), course.flush();
      trainer_.save(checkpoint());
    };
    const CatchInterrupts catching;
    while (trainer_.next_step() < steps) {
      course.look();
      const StepReport r = step();
      metrics.write("{},{:.6g},{},{},{:d},{},{}", r.step, r.rate, name(r.source), name(r.label), r.skipped, r.tokens,
                    r.skipped ? "" : fmt::format("{:.6f}", r.loss));
      show(progress, r, first);
      if (interrupted()) {
        save();
        throw Interrupted(fmt::format("stopped at step {} of {}; {} is saved. Repeat the command to go on.",
                                      trainer_.next_step(), steps, options_.out.string()));
      }
      if (options_.save_every > 0 && trainer_.next_step() % options_.save_every == 0) save();
    }
    course.look();
    save();
  }

  StepReport step() {
    try {
      return trainer_.step();
    } catch (const Error& e) {
      const bool saved = fs::exists(checkpoint());
      throw Error(
          fmt::format("{}: {}{}", options_.out.string(), e.what(), saved ? " The last good checkpoint is kept." : ""));
    }
  }

  void show(Progress& progress, const StepReport& r, Index first) {
    if (!r.skipped) recent_[r.source] = recent_.contains(r.source) ? 0.9 * recent_[r.source] + 0.1 * r.loss : r.loss;
    all_tokens_ += static_cast<double>(r.tokens);
    if (!progress.due()) return;
    std::string losses;
    for (const auto& [source, loss] : recent_)
      losses += fmt::format("{}{} {:.3f}", losses.empty() ? "" : ", ", name(source), loss);
    const double done = static_cast<double>(trainer_.next_step() - first),
                 all = static_cast<double>(trainer_.steps() - first);
    progress.show(all_tokens_, all_tokens_ * all / done,
                  fmt::format("step {}/{}  loss {}", trainer_.next_step(), trainer_.steps(), losses));
  }

  void save_model() {
    write_model(options_.out,
                {config_.model, config_.split, config_.strategy, "trained", data_.tokenizer_fingerprint,
                 fs::absolute(options_.data).string(), data_.digest, tokenizer_.end_token(), trainer_.parameters()});
    tokenizer_.write(options_.out);
  }

  RunConfig config_;
  RunOptions options_;
  const Dataset& data_;
  const Tokenizer& tokenizer_;
  Questions questions_;
  Trainer trainer_;
  std::map<Source, double> recent_;  // losses, smoothed, for the progress line
  double all_tokens_ = 0;            // of this process, skipped ones too, for its progress line
};

}  // namespace

RunResult run(const RunConfig& config, const RunOptions& options) {
  check(config);
  check_memory(config.model, config.micro_batch);
  check_utf8(options.data);
  check_place(options.out, "run");
  if (!options.from.empty()) check_is_elsewhere(options.from, options.out);
  const Dataset data = read_dataset(options.data);
  const Tokenizer tokenizer = Tokenizer::read(options.data);
  check_fits(data, tokenizer.size(), config.model);
  Run run(config, options, data, tokenizer);  // refuses impossible settings before anything is written
  const RunSettings settings = settings_of(config, data, options);
  make_folder(options.out);
  const FolderLock lock(options.out);
  if (options.overwrite) set_aside(options.out);
  check_same_run(options.out, settings);
  if (const fs::path path = options.out / "result.json"; fs::exists(path)) return read_result(path);
  write_file(options.out / "settings.json", json_of(settings).dump(2) + "\n");
  RunResult result = run(settings.data.from);
  fs::remove_all(options.out / old_run);
  return result;
}

std::string train_arguments(const RunConfig& config, const std::string& preset, RunConfig preset_settings,
                            const fs::path& data, const fs::path& out) {
  preset_settings.strategy.clear();
  return fmt::format("train --data {} --preset {} {} --out {}", shell_quoted(data.string()), shell_quoted(preset),
                     fmt::join(flags_between(preset_settings, config), " "), shell_quoted(out.string()));
}

bool can_go_on(const fs::path& out) {
  const fs::path settings = out / "settings.json", checkpoint = out / "checkpoint.safetensors";
  try {
    if (fs::exists(checkpoint)) static_cast<void>(SafetensorsFile(checkpoint));
    if (fs::exists(settings)) read_settings(settings);
    return true;
  } catch (const Error&) {
    return false;
  }
}

void clear_run(const fs::path& out) {
  for (const char* file : run_files) fs::remove(out / file);
}

}  // namespace sgtm
