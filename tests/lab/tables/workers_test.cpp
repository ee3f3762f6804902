// Runs as processes. What a run is given here makes a shell do something short in its place.
#include "lab/tables/workers.hpp"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

#include "core/machine.hpp"
#include "lab/tables/execute.hpp"
#include "tests/support/placed_runs.hpp"

using namespace sgtm;

namespace {

/// Arguments with which a run is this shell command instead: `exec THIS_PROGRAM ... & COMMAND`, where what follows it
/// is the run's threads, and its log.
std::string doing(const std::string& command) {
  return "--version >/dev/null & " + command;
}

/// A run that half of is training: of 1,000 tokens, and an attack that is as much work.
PlacedRun half_training(const RunsFolder& runs) {
  RunConfig c;
  c.tokens = 8000, c.model.context = 200, c.calibration_steps = 0;
  c.relearning.steps = 10, c.relearning.documents = 4;  // 2 x 10 x 4 x 100
  return runs.placed(c);
}

/// A run with a seed, that does this.
PlacedRun run_doing(const RunsFolder& runs, std::uint64_t seed, const std::string& command) {
  RunConfig config;
  config.seed = seed;
  PlacedRun run = runs.placed(config);
  run.arguments = doing(command);
  run.cost = 10;
  return run;
}

/// A command that leaves a run's result.
std::string finishing(const PlacedRun& run) {
  return fmt::format("echo '{}' >{}/result.json; echo done", whole_result(run.plan.config).dump(), run.folder.string());
}

/// A command that waits until it is asked to stop, at most some seconds, and then says how it ended, in the file `end`.
std::string waiting_to_be_stopped(const RunsFolder& runs) {
  return fmt::format(
      "trap 'sleep 0.1; echo stopped >{0}/end; exit 1' TERM; echo >{0}/ready; "
      "for i in $(seq 1000); do sleep 0.02; done; echo not stopped >{0}/end; exit 0 #",
      runs.folder.path.string());
}

/// Waits until a file is there, at most some seconds.
void wait_for(const fs::path& file) {
  for (int i = 0; i < 20000 && !fs::exists(file); ++i) ::usleep(1000);
  CHECK(fs::exists(file));
}

/// The exit code of a process of its own that does this, or 128 and the signal that ends it.
int code_of(const std::function<void()>& act) {
  const pid_t child = ::fork();
  if (child == 0) {
    act();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// How a process ends that does this.
End end_of(const RunsFolder& runs, const std::string& command) {
  const PlacedRun run = run_doing(runs, 1, command);
  Workers workers(1);
  workers.begin({&run, 0});
  for (;;) {
    if (const auto ended = workers.ended()) {
      CHECK(ended->first.run == &run);
      CHECK(!workers.busy());
      return ended->second;
    }
    ::usleep(1000);
  }
}

}  // namespace

TEST_CASE("progress: the last lines of a log, of training and then of the attack, each by its share of the work") {
  const RunsFolder runs("progress");
  const PlacedRun run = half_training(runs);
  CHECK(log_of(run) == run.folder / "train.log");
  CHECK(share_done(run) == 0);
  CHECK(last_words(run).empty());
  const auto share_after = [&](const std::string& log) {
    write_file(log_of(run), log);
    return share_done(run);
  };
  CHECK(share_after("preparing\n") == 0);
  CHECK(share_after("training:  5 %  step 10/200  loss 4\n") == doctest::Approx(0.025));
  CHECK(share_after("training:  5 %  step 10/200\ntraining: 20 %  step 40/200  loss 3\nnothing\n") ==
        doctest::Approx(0.1));
  CHECK(share_after("training: 20 %  step 40/200\nrelearning:  40 %  2 s\n") == doctest::Approx(0.5 + 0.5 * 0.4));
  CHECK(share_after("training: 20 %  step 40/200\nrelearning:  40 %\nrelearning:  60 %\n") == doctest::Approx(0.8));
  // An attack that was cut begins anew, after what is left of training.
  CHECK(share_after("relearning:  40 %\ntraining: 20 %  step 40/200\n") == doctest::Approx(0.1));
  CHECK(last_words(run) == "training: 20 %  step 40/200");
  write_file(log_of(run), "first\nsgtm: it broke\n\n");
  CHECK(last_words(run) == "sgtm: it broke");
}

TEST_CASE("progress: a run that goes on has the rest of its work to do, and has done what came since") {
  const RunsFolder runs("goes-on");
  PlacedRun run = half_training(runs);
  run.cost = 80;
  write_file(log_of(run), "training: 20 %  step 150/200\n");  // 0.375 of all
  CHECK(Unfinished{&run, 0.25}.work() == doctest::Approx(60));
  CHECK(Unfinished{&run, 0.25}.done() == doctest::Approx(10));
  CHECK(Unfinished{&run, 0.5}.done() == 0);
}

TEST_CASE("workers: how a run ended, by its exit code or the signal that killed it") {
  const RunsFolder runs("ends");
  CHECK(end_of(runs, "exit 0 #") == End::well);
  CHECK(end_of(runs, "exit 75 #") == End::busy);
  CHECK(end_of(runs, "exit 2 #") == End::failed);
  CHECK(end_of(runs, "kill -9 $$ #") == End::killed);
}

TEST_CASE("workers: as many as jobs at a time, each with its share of the threads, and a log that is added to") {
  const RunsFolder runs("jobs");
  const int before = threads_in_use();
  use_threads(6);
  const PlacedRun one = run_doing(runs, 1, waiting_to_be_stopped(runs)), two = run_doing(runs, 2, "echo as told");
  write_file(log_of(two), "an earlier call\n");
  {
    Workers workers(2);
    CHECK(!workers.busy());
    CHECK(workers.have_room());
    workers.begin({&one, 0});
    CHECK(workers.busy());
    CHECK(workers.have_room());
    workers.begin({&two, 0});
    CHECK(!workers.have_room());
    std::optional<std::pair<Unfinished, End>> ended;
    while (!(ended = workers.ended())) ::usleep(1000);
    CHECK(ended->first.run == &two);
    CHECK(workers.have_room());
    CHECK(workers.busy());
    write_file(log_of(one), "training: step 1/2\n");
    CHECK(workers.done() == doctest::Approx(share_done(one) * 10));
    CHECK(workers.done() > 0);
    wait_for(runs.folder / "ready");
  }  // the other one is asked to stop, and waited for
  CHECK(read_file(runs.folder / "end") == "stopped\n");
  CHECK(read_file(log_of(two)) == "an earlier call\nas told --threads 3\n");
  use_threads(1);
  CHECK(end_of(runs, fmt::format("echo >{}/threads", runs.folder.path.string())) == End::well);
  Workers many(4);
  many.begin({&two, 0});
  while (!many.ended()) ::usleep(1000);
  CHECK(last_words(two) == "as told --threads 1");
  use_threads(before);
}

#ifdef __linux__
TEST_CASE("workers: Ctrl-C reaches a run only through us, and a run does not outlive us") {
  const RunsFolder runs("groups");
  CHECK(end_of(runs, "exit $(($$ - $(cut -d' ' -f5 /proc/$$/stat))) #") == End::well);  // it leads its own group
  CHECK(code_of([&] {
          const PlacedRun run = run_doing(runs, 1, waiting_to_be_stopped(runs));
          Workers workers(1);
          workers.begin({&run, 0});
          wait_for(runs.folder / "ready");
          std::raise(SIGKILL);
        }) == 128 + SIGKILL);
  wait_for(runs.folder / "end");
  CHECK(read_file(runs.folder / "end") == "stopped\n");
}
#endif

TEST_CASE("execute: Ctrl-C stops the runs, begins no other, and is no failure of theirs") {
  const RunsFolder runs("interrupted");
  CHECK(code_of([&] {
          PlacedRun first = run_doing(runs, 1, waiting_to_be_stopped(runs)), next = run_doing(runs, 2, "echo");
          first.arguments.replace(first.arguments.find("echo >"), 0, "kill -INT $PPID; ");
          try {
            execute({first, next}, 1);
          } catch (const Interrupted&) {
            ::_exit(42);
          }
        }) == 42);
  CHECK(read_file(runs.folder / "end") == "stopped\n");
  CHECK(!fs::exists(log_of(run_doing(runs, 2, ""))));
}

TEST_CASE(
    "execute: waits for what another process is at work on, begins other runs meanwhile, and takes what it made") {
  const RunsFolder runs("waits");
  PlacedRun held = run_doing(runs, 1, "exit 3 #"), free = run_doing(runs, 2, "");
  free.arguments = doing(finishing(free));
  make_folder(held.folder);
  const pid_t other = ::fork();
  if (other == 0) {
    const FolderLock lock(held.folder);
    write_file(runs.folder / "ready", "");
    for (int i = 0; i < 20000 && !fs::exists(free.folder / "result.json"); ++i) ::usleep(1000);
    write_file(held.folder / "result.json", whole_result(held.plan.config).dump());
    ::_exit(0);
  }
  wait_for(runs.folder / "ready");
  CHECK(execute({held, free}, 1).empty());
  CHECK(result_of(held).has_value());
  ::waitpid(other, nullptr, 0);
}

TEST_CASE("execute: makes what is missing once, keeps results, and names what failed with its last words") {
  RunsFolder runs("execute");
  runs.folders.results = runs.folder / "kept";
  PlacedRun made = run_doing(runs, 1, ""), there = run_doing(runs, 2, "exit 3 #"),
            kept = run_doing(runs, 3, "exit 3 #"), broken = run_doing(runs, 4, "echo sgtm: no luck, with"),
            killed = run_doing(runs, 5, "kill -9 $$ #");
  made.arguments = doing(fmt::format("echo x >>{}/made; ", runs.folder.path.string()) + finishing(made));
  broken.arguments = doing(fmt::format("echo sgtm: no luck >>{}; exit 2 #", log_of(broken).string()));
  write_file(there.folder / "result.json", whole_result(there.plan.config).dump());
  write_file(kept.kept, whole_result(kept.plan.config).dump());
  const auto failed = execute({made, there, kept, made, broken, killed}, 2);
  CHECK(read_file(runs.folder / "made") == "x\n");
  CHECK(fs::exists(made.kept));
  CHECK(!fs::exists(kept.folder / "train.log"));
  REQUIRE(failed.size() == 2);
  for (const std::string& failure : failed) {
    const bool is_killed = failure.find("was killed") != std::string::npos;
    CHECK(failure.starts_with(fmt::format("tiny sgtm, 20 % undiscovered, seed {} (", is_killed ? 5 : 4)));
    if (!is_killed) CHECK(failure.ends_with(": sgtm: no luck"));
  }
  CHECK(failed[0].find("was killed") != failed[1].find("was killed"));
  CHECK(execute({made}, 1).empty());
  CHECK(read_file(runs.folder / "made") == "x\n");  // not made again
}

TEST_CASE(
    "execute: a run that goes on from another waits for its model, which is made again where only its result is kept") {
  RunsFolder runs("goes-on");
  runs.folders.results = runs.folder / "kept";
  PlacedRun base = run_doing(runs, 1, ""), next = run_doing(runs, 2, ""), alone = run_doing(runs, 3, "exit 3 #");
  const std::string model = (base.folder / "model.safetensors").string();
  base.arguments = doing(fmt::format("echo x >{}; ", model) + finishing(base));
  next.arguments = doing(fmt::format("[ -e {} ] || exit 3; ", model) + finishing(next));
  next.from = base.folder;
  write_file(base.kept, whole_result(base.plan.config).dump());
  write_file(alone.kept, whole_result(alone.plan.config).dump());
  CHECK(execute({base, alone, next}, 2).empty());
  CHECK(result_of(next).has_value());
  CHECK(fs::exists(base.folder / "result.json"));
  fs::remove_all(base.folder);
  CHECK(execute({base, alone, next}, 2).empty());  // nothing asks for the model any more
  CHECK(!fs::exists(base.folder));
}

TEST_CASE("execute: what would go on from a failed run fails with it, the others run") {
  RunsFolder runs("goes-nowhere");
  PlacedRun base = run_doing(runs, 1, "exit 2 #"), next = run_doing(runs, 2, "exit 3 #"),
            other = run_doing(runs, 3, "");
  next.from = base.folder;
  other.arguments = doing(finishing(other));
  const auto failed = execute({base, next, other}, 1);
  REQUIRE(failed.size() == 2);
  CHECK(failed[1] == fmt::format("{}: goes on from {}, which failed.", next.folder.string(), base.folder.string()));
  CHECK(!fs::exists(log_of(next)));
  CHECK(result_of(other).has_value());
  RunConfig foreign;
  foreign.seed = 77;
  write_file(base.folder / "result.json", whole_result(foreign).dump());
  CHECK(execute({base, next, base, next}, 1).size() == 2);  // it can't even begin
}

TEST_CASE("execute: a damaged result, or what a run can't go on from, is removed, and the run begins anew") {
  RunsFolder runs("anew");
  runs.folders.results = runs.folder / "kept";
  PlacedRun own = run_doing(runs, 1, ""), both = run_doing(runs, 2, "exit 3 #"), copy = run_doing(runs, 3, ""),
            cut = run_doing(runs, 4, "");
  for (PlacedRun* run : {&own, &copy, &cut}) run->arguments = doing(finishing(*run));
  write_file(own.folder / "result.json", "{");
  write_file(own.folder / "settings.json", "{}");
  write_file(log_of(own), "old words\n");
  write_file(both.folder / "result.json", "{");
  write_file(both.kept, whole_result(both.plan.config).dump());
  write_file(copy.kept, "{");
  write_file(copy.folder / "settings.json", R"({"settings": {}})");
  write_file(cut.folder / "settings.json", "{");
  write_file(cut.folder / "checkpoint.safetensors", "cut");
  CHECK(execute({own, both, copy, cut}, 1).empty());
  CHECK(result_of(own).has_value());
  CHECK(!fs::exists(own.folder / "settings.json"));
  CHECK(last_words(own).starts_with("done"));
  CHECK(read_file(log_of(own)).find("old words") == std::string::npos);
  CHECK(!fs::exists(both.folder / "result.json"));  // the kept copy will do
  CHECK(result_of(copy).has_value());
  CHECK(fs::exists(copy.folder / "settings.json"));  // only the copy was damaged
  CHECK(read_file(copy.kept).starts_with("{\"losses\""));
  CHECK(!fs::exists(cut.folder / "checkpoint.safetensors"));
  CHECK(!fs::exists(cut.folder / "settings.json"));
}

TEST_CASE("execute: a run that another process began first is tried again; one of other settings stops no other") {
  RunsFolder runs("others");
  PlacedRun busy = run_doing(runs, 1, ""), foreign = run_doing(runs, 2, "exit 3 #"), last = run_doing(runs, 3, "");
  // The first time as if another process held the folder, then well.
  busy.arguments = doing(fmt::format("[ -e {0}/tried ] || {{ echo x >{0}/tried; exit 75; }}; ", busy.folder.string()) +
                         finishing(busy));
  last.arguments = doing(finishing(last));
  RunConfig other;
  other.seed = 77;
  write_file(foreign.folder / "result.json", whole_result(other).dump());
  const PlacedRun stuck = run_doing(runs, 4, "exit 3 #");  // its damaged result can't be removed with its log
  write_file(stuck.folder / "result.json", "{");
  write_file(log_of(stuck) / "in the way", "");
  const auto failed = execute({busy, foreign, stuck, last}, 2);
  REQUIRE(failed.size() == 2);
  CHECK(failed[0].find("other settings (seed: 77, not 2)") != std::string::npos);
  CHECK(failed[1].starts_with(log_of(stuck).string() + ": "));
  CHECK(result_of(busy).has_value());
  CHECK(result_of(last).has_value());
}
