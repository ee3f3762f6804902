#include <algorithm>

#include "cli/commands.hpp"
#include "core/progress.hpp"
#include "lab/bench/speed.hpp"
#include "lab/runs/run.hpp"
#include "text/data_facts.hpp"

namespace sgtm {
namespace {

struct TrainOptions {
  RunOptions run;
  bool json = false, estimate = false;
};

/// The mean length of the data's documents; without data, the context.
Index document_length(const RunConfig& config, const fs::path& folder) {
  if (folder.empty()) return config.model.context;
  Index tokens = 0, documents = 0;
  const Dataset data = read_dataset(folder);
  for (const Source source : training_sources)
    if (const TokenFile* file = data.training(source)) tokens += file->tokens(), documents += file->documents();
  return std::clamp<Index>(tokens / std::max<Index>(1, documents), 3, config.model.context);
}

void print_estimate(const RunConfig& config, const TrainOptions& o) {
  const Index length = document_length(config, o.run.data);
  const Estimate e = estimate(config, length);
  if (o.json)
    print_json(
        {{"tokens", e.tokens}, {"tokens_per_second", e.tokens_per_second}, {"seconds", e.seconds}, {"bytes", e.bytes}});
  else
    print_out("{} tokens at {} tokens/s, in documents of {}: {}, about {:.0f} MB of memory\n", count_text(e.tokens),
              count_text(e.tokens_per_second), length, duration_text(e.seconds), e.bytes / 1e6);
}

RunConfig settings(const SettingsReader& read, const RunOptions& run) {
  if (run.from.empty() && run.add_forget_units > 0)
    throw Error("--add-forget-units: adds to a model that is there. Name it with --from.");
  if (run.from.empty()) return read();
  const SavedModel model = read_model(run.from);
  if (run.add_forget_units > 0 && model.strategy != "none" && model.split.forget_units + model.split.forget_heads > 0)
    throw Error(fmt::format("{}: has a forget part already, of {} heads and {} units. Leave out --add-forget-units.",
                            run.from.string(), model.split.forget_heads, model.split.forget_units));
  const RunConfig config = read(ShapeFrom{model, "--from", run.add_forget_units});
  if (run.add_forget_units > 0 && !strategy_named(config.strategy).splits)
    throw Error("--add-forget-units: --strategy none has no forget part. Choose another strategy.");
  return config;
}

void train(const RunConfig& config, const TrainOptions& o) {
  if (o.estimate) return print_estimate(config, o);
  if (o.run.data.empty() || o.run.out.empty())
    throw Error("--data and --out are both needed: the data set to train on and the folder to write.");
  const auto result = run(config, o.run);
  if (o.json)
    print_json(to_json(result));
  else
    print_out("{}\n{}", o.run.out.string(), text_table(loss_rows({{"", result}})));
}

}  // namespace

void add_train(CLI::App& program) {
  const auto o = std::make_shared<TrainOptions>();
  CLI::App* command = program.add_subcommand("train", "train, ablate, calibrate and evaluate one model");
  command->add_option("--data", o->run.data, "data set, from sgtm prepare");
  command->add_option("--out", o->run.out, "run directory to write; where a run was cut off, it goes on");
  command->add_option("--from", o->run.from,
                      "go on from this model, ours or any GPT-Neo, with its shape and a fresh optimizer");
  command
      ->add_option("--add-forget-units", o->run.add_forget_units,
                   "with --from: add so many MLP units to each block, as the forget part; their outputs start at zero")
      ->check(at_least(0));
  const SettingsReader read = add_settings(*command, "0.25M");
  command->add_option("--save-every", o->run.save_every, "steps between checkpoints")
      ->capture_default_str()
      ->check(at_least(1));
  command->add_flag("--overwrite", o->run.overwrite, "start anew where the folder holds a run");
  add_no_skip(*command, o->run.skip);
  command->add_flag("--estimate", o->estimate, "only time a few steps and tell how long the run would take");
  command->add_flag("--json", o->json, "print result.json instead of a table");
  add_threads(*command);
  command->footer(
      "Examples:\n  sgtm train --data data/small --preset 0.1M --strategy sgtm --undiscovered 0.2 --out runs/a\n"
      "  sgtm train --data data/small --preset 0.1M --strategy none --filter weak --undiscovered 0.2 --out runs/b\n"
      "  sgtm train --data data/mine --from TinyStories-1M --add-forget-units 64 --tokens 3e6 --out runs/c\n"
      "  sgtm train --preset 8M --estimate");
  command->callback([o, read, command] {
    const bool draws =
        any_given(*command, {"--undiscovered", "--recall", "--tpr", "--precision", "--fpr", "--forget-as-retain",
                             "--retain-labeled", "--label-noise", "--false-positives"});
    RunConfig config = settings(read, o->run);
    if (!o->run.data.empty() && has_given_labels(o->run.data)) {
      if (draws) labels_are_given();
      config.labels = without_noise(config.labels);  // whatever the preset says
    }
    train(config, *o);
  });
}

}  // namespace sgtm
