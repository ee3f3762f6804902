#include <doctest/doctest.h>

#include "core/error.hpp"
#include "core/machine.hpp"
#include "lab/tables/plan_text.hpp"
#include "tests/support/placed_runs.hpp"
#include "tests/support/program.hpp"

using namespace sgtm;

TEST_CASE("an estimate counts a run once, whatever experiments call it, and not what a filter skips") {
  PlannedRun run{"nano", "filter", 0.2, {}, {}};
  run.config.filter = "weak";
  run.config.labels.undiscovered = 0.2;
  PlannedRun again = run, other = run, on_the_bible = run;
  again.method = "filter, FPR 0";
  other.config.seed = 2;
  on_the_bible.data.kind = DataKind::bible;
  const auto once = distinct({run, again, other, on_the_bible, run});
  REQUIRE(once.size() == 3);
  CHECK(once[1].config.seed == 2);
  CHECK(once[2].data.kind == DataKind::bible);

  run.config.tokens = 1000;
  CHECK(trained_tokens(run.config) == doctest::Approx(600));  // of 500 forget tokens 100
  run.config.labels.false_positive_rate = 0.1;
  CHECK(trained_tokens(run.config) == doctest::Approx(550));  // and of 500 retain tokens 450
  CHECK(work_of(run.config) - trained_tokens(run.config) ==
        doctest::Approx(work_of(other.config) - trained_tokens(other.config)));
  run.config.refill = true;
  CHECK(trained_tokens(run.config) == 1000);
}

TEST_CASE("results: a cut one is damaged, one that was computed otherwise or of other settings is refused") {
  const TemporaryFolder folder("results");
  PlacedRun run{{"nano", "sgtm", 0.2, {}, {}}, folder / "run", "", "", 1};
  run.plan.config.labels.undiscovered = 0.2;
  CHECK(!result_of(run));
  write_file(folder / "run/result.json", "{\"losses\": ");
  CHECK_THROWS_AS(result_of(run), Damaged);
  auto result = whole_result(run.plan.config);
  result["numerics"] = numerics_version + 1;
  write_file(folder / "run/result.json", result.dump());
  CHECK_THROWS_WITH_AS(result_of(run), doctest::Contains("computes otherwise (numerics 2"), Error);
  result["numerics"] = numerics_version;
  result["settings"].erase("seed");  // as if it were younger than the result
  write_file(folder / "run/result.json", result.dump());
  result["settings"]["undiscovered"] = 1 - 0.8;
  write_file(folder / "run/result.json", result.dump());
  CHECK(result_of(run));
  result["settings"]["undiscovered"] = 0.2001;
  write_file(folder / "run/result.json", result.dump());
  CHECK_THROWS_WITH_AS(result_of(run), doctest::Contains("other settings (undiscovered: 0.2001, not 0.2)"), Error);
  result["settings"]["undiscovered"] = 0.2;
  result["settings"]["batch"] = 7;
  write_file(folder / "run/result.json", result.dump());
  CHECK_THROWS_WITH_AS(result_of(run), doctest::Contains("other settings (batch: 7, not "), Error);
}

TEST_CASE("plan: lines, a Makefile and a job array of the same commands, shared runs once") {
  const PlannedRun run{"nano", "sgtm", 0.2, {}, {}};
  const std::vector<PlacedRun> runs{
      {run, "runs/a", "", "train A", 1}, {run, "runs/b", "", "train B", 1}, {run, "runs/a", "", "train A", 1}};
  CHECK(plan_text(runs, PlanFormat::lines, "x", "sgtm") == "sgtm train A --threads 1\nsgtm train B --threads 1\n");
  const std::string make = plan_text(runs, PlanFormat::make, "x", "sgtm");
  CHECK(make.starts_with("all: runs/a/result.json runs/b/result.json\n"));
  CHECK(make.find("runs/b/result.json:\n\tsgtm train B --threads 1\n") != std::string::npos);
  const std::string slurm = plan_text(runs, PlanFormat::slurm, "x", "sgtm");
  CHECK(slurm.find("#SBATCH --array=1-2\n") != std::string::npos);
  CHECK(slurm.find("#SBATCH --output=runs/slurm-%A_%a.log\n") != std::string::npos);
  CHECK_THROWS_AS(plan_text({{run, "a=b/a", "", "train A", 1}}, PlanFormat::make, "x", "sgtm"), Error);
  CHECK_THROWS_AS(plan_text(runs, PlanFormat::make, "x", "$HOME/sgtm"), Error);
  const TemporaryFolder folder("slurm");
  write_file(folder / "array.sh", slurm);
  write_file(folder / "sgtm", "#!/bin/sh\necho \"$@\"\n");
  CHECK(run_shell(folder, "chmod +x sgtm; PATH=.:$PATH SLURM_ARRAY_TASK_ID=2 bash array.sh").out ==
        "train B --threads 1\n");
}

TEST_CASE("plan: what goes on from another run waits for it: make is told, lines and job arrays leave it for later") {
  const TemporaryFolder folder("plan-from");
  const PlannedRun run{"nano", "sgtm", 0.2, {}, {}};
  const PlacedRun base{run, folder / "a", folder / "kept/a.json", "train A", 1};
  const PlacedRun next{run, folder / "b", folder / "kept/b.json", "train B", 1, folder / "a"};
  const std::string first = "sgtm train A --threads 1\n", both = first + "sgtm train B --threads 1\n";
  CHECK(plan_text({base, next}, PlanFormat::lines, "x", "sgtm") == first);
  CHECK(plan_text({base, next}, PlanFormat::slurm, "x", "sgtm").find("--array=1-1\n") != std::string::npos);
  CHECK(plan_text({base, next}, PlanFormat::make, "x", "sgtm")
            .find(fmt::format("{}: {}\n", (folder / "b/result.json").string(), (folder / "a/result.json").string())) !=
        std::string::npos);
  write_file(base.kept, whole_result({}).dump());
  CHECK(plan_text({base, next}, PlanFormat::lines, "x", "sgtm") == first);  // its model is gone
  write_file(folder / "a/result.json", whole_result({}).dump());
  write_file(folder / "a/model.safetensors", "x");
  CHECK(plan_text({base, next}, PlanFormat::lines, "x", "sgtm") == "sgtm train B --threads 1\n");
  write_file(next.kept, whole_result({}).dump());
  CHECK_THROWS_WITH_AS(plan_text({base, next}, PlanFormat::lines, "x", "sgtm"), doctest::Contains("has finished"),
                       Error);
}

TEST_CASE("plan: what is kept is left out; where all is, or a kept result is damaged, an error says so") {
  const TemporaryFolder folder("plan-kept");
  RunConfig config;
  const PlacedRun kept{{"nano", "sgtm", 0.2, config, {}}, "runs/a", folder / "it's kept/a.json", "train A", 1},
      missing{{"nano", "sgtm", 0.2, config, {}}, "runs/b", folder / "it's kept/b.json", "train 'B C'", 1};
  write_file(kept.kept, whole_result(config).dump());
  CHECK(plan_text({kept, missing}, PlanFormat::lines, "x", "my sgtm") == "'my sgtm' train 'B C' --threads 1\n");

  CHECK_THROWS_WITH_AS(plan_text({kept}, PlanFormat::lines, "leakage", "sgtm"),
                       doctest::Contains("leakage: all of it has finished"), Error);
  CHECK_THROWS_WITH_AS(plan_text({kept}, PlanFormat::lines, "leakage", "sgtm"),
                       doctest::Contains("report leakage --results '"), Error);
  PlacedRun plain = missing;
  plain.folder = "runs/c", plain.arguments = "train C";
  CHECK(!plan_text({plain}, PlanFormat::make, "x", "sgtm").empty());
  for (const std::vector<PlacedRun>& table : {std::vector{plain, missing}, std::vector{missing, plain}})
    CHECK_THROWS_WITH_AS(plan_text(table, PlanFormat::make, "x", "sgtm"), doctest::Contains("Rename it"), Error);
  write_file(kept.kept, "{");
  CHECK_THROWS_AS(plan_text({kept, missing}, PlanFormat::lines, "x", "sgtm"), Damaged);
  const std::string slurm = plan_text({missing, missing}, PlanFormat::slurm, "leakage", "sgtm");
  CHECK(slurm.find("--job-name=sgtm-leakage\n") != std::string::npos);
  CHECK(slurm.find("--array=1-1\n") != std::string::npos);
  CHECK(slurm.find("--cpus-per-task=1\n") != std::string::npos);
}
