#include "lab/tables/plan_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "core/say.hpp"
#include "text/strings.hpp"

namespace sgtm {

namespace {

bool is_kept(const PlacedRun& run) {
  return !run.kept.empty() && fs::exists(run.kept) && result_of(run);
}

}  // namespace

std::string plan_text(const std::vector<PlacedRun>& runs, PlanFormat format, const std::string& name,
                      const fs::path& program) {
  std::vector<std::string> commands, targets;
  std::string rules;
  int later = 0;
  for (const PlacedRun* const next : runs_to_make(runs, is_kept)) {
    const PlacedRun& run = *next;
    if (format != PlanFormat::make && !run.from.empty() && !has_model(run.from)) {
      ++later;
      continue;
    }
    const std::string target = (run.folder / "result.json").string();
    const std::string start = run.from.empty() ? "" : " " + (run.from / "result.json").string();
    commands.push_back(fmt::format("{} {} --threads 1", shell_quoted(program.string()), run.arguments));
    const bool odd = commands.back().find('\'') != std::string::npos || target.find('=') != std::string::npos;
    if (format == PlanFormat::make && odd)
      throw Error(fmt::format("--format make: {} or {} has characters that make can't read in a name. Rename it.",
                              run.folder.string(), program.string()));
    targets.push_back(target);
    rules += fmt::format("{}:{}\n\t{}\n", target, start, commands.back());
  }
  if (later > 0) say("{} more go on from some of these. Plan again when these have finished.", later);
  if (commands.empty()) {
    const fs::path kept = runs.front().kept.parent_path();
    throw Error(fmt::format("{0}: all of it has finished. See: sgtm experiment report {0}{1}", name,
                            kept.empty() ? "" : " --results " + shell_quoted(kept.string())));
  }
  if (format == PlanFormat::lines) return fmt::format("{}\n", fmt::join(commands, "\n"));
  if (format == PlanFormat::make) return fmt::format("all: {}\n{}", fmt::join(targets, " "), rules);
  return fmt::format(
      "#!/bin/bash\n#SBATCH --job-name=sgtm-{}\n#SBATCH --array=1-{}\n#SBATCH --cpus-per-task=1\n"
      "#SBATCH --output={}/slurm-%A_%a.log\ncommands=$(cat <<'END'\n{}\nEND\n)\n"
      "eval \"$(sed -n \"${{SLURM_ARRAY_TASK_ID}}p\" <<<\"$commands\")\"\n",
      name, commands.size(), shell_quoted(runs.front().folder.parent_path().string()), fmt::join(commands, "\n"));
}

}  // namespace sgtm
