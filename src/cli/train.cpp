#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "experiments/run.hpp"
#include "report/loss_table.hpp"

namespace sgtm {

void add_train(CLI::App& program) {
  struct Options {
    RunOptions run;
    bool json = false;
  };
  const auto o = std::make_shared<Options>();
  CLI::App* command = program.add_subcommand("train", "train, ablate, calibrate and evaluate one model");
  command->add_option("--data", o->run.data, "data set, from sgtm prepare")->required();
  command->add_option("--out", o->run.out, "run directory to write; where a run was cut off, it goes on")->required();
  const auto read = add_settings(*command, "0.25M");
  command->add_option("--save-every", o->run.save_every, "steps between checkpoints")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_flag("--overwrite", o->run.overwrite, "start anew where the folder holds a run");
  command->add_flag("--json", o->json, "print result.json instead of a table");
  add_threads(*command);
  command->footer(
      "Examples:\n  sgtm train --data data/small --preset 0.1M --strategy sgtm --undiscovered 0.2 --out runs/a\n"
      "  sgtm train --data data/small --preset 0.1M --strategy none --filter weak --undiscovered 0.2 --out runs/b");
  command->callback([o, read] {
    const auto result = run(read(), o->run);
    if (o->json)
      fmt::print("{}\n", result.dump(2));
    else
      fmt::print("{}\n{}", o->run.out.string(), loss_table({{"", result}}));
  });
}

}  // namespace sgtm
