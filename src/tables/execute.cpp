#include "tables/execute.hpp"

#include <fmt/format.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <deque>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "core/machine.hpp"
#include "core/progress.hpp"
#include "runs/run.hpp"
#include "tables/run_work.hpp"
#include "text/strings.hpp"

namespace sgtm {
namespace {

fs::path log_of(const PlacedRun& run) {
  return run.folder / "train.log";
}

/// A run as a process. Its output goes to its log.
pid_t start(const PlacedRun& run, int threads) {
  make_folder(run.folder);
  const std::string command = fmt::format("exec {} {} --threads {} >>{} 2>&1", shell_quoted(this_program().string()),
                                          run.arguments, threads, shell_quoted(log_of(run).string()));
  [[maybe_unused]] const pid_t table = ::getpid();
  const pid_t child = ::fork();
  if (child == 0) {
    ::setpgid(0, 0);  // so that Ctrl-C reaches us alone, and the runs once, from us
#ifdef __linux__
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // should we be killed, they save and end
    if (::getppid() != table) ::_exit(1);
#endif
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(127);
  }
  if (child < 0) throw Error("no further process can be started. Close some programs, or give a smaller --jobs.");
  return child;
}

/// How far a run is, by the last progress lines in its log: "training: ... step 30/200", and of what comes after
/// "relearning:  40 %".
double share_done(const PlacedRun& run) {
  std::ifstream log(log_of(run));
  double step = 0, steps = 1, percent = 0;
  for (std::string line; std::getline(log, line);) {
    if (line.starts_with("training:")) std::sscanf(line.c_str(), "%*[^s]step %lf/%lf", &step, &steps), percent = 0;
    if (line.starts_with("relearning:")) std::sscanf(line.c_str(), "relearning: %lf", &percent), step = steps;
  }
  const double training = trained_tokens(run.plan.config) / work_of(run.plan.config);
  return training * step / steps + (1 - training) * percent / 100;
}

void clear(const PlacedRun& run) {
  clear_run(run.folder);
  fs::remove(log_of(run));
}

/// Removes a result that can't be read, saying so: a copy that is kept may still do, or the run begins anew.
bool finished_or_cleared(const PlacedRun& run) {
  const fs::path path = result_path(run);
  try {
    return result_of(run).has_value();
  } catch (const Error& e) {
    fmt::print(stderr, "sgtm: {} So it is removed.\n", e.what());
    path == run.kept ? static_cast<void>(fs::remove(path)) : clear(run);
    return finished_or_cleared(run);
  }
}

/// A run that has to be made, or to go on.
struct Unfinished {
  const PlacedRun* run;
  double saved;                                            // the share of it that an earlier call has done
  double work() const { return (1 - saved) * run->cost; }  // GFLOP
  double done() const { return std::max(0.0, share_done(*run) - saved) * run->cost; }
};

/// Removes what a run could not go on from, saying so.
void clear_if_damaged(const PlacedRun& run) {
  if (can_go_on(run.folder)) return;
  fmt::print(stderr, "sgtm: {}: what an earlier call left there is damaged. So it is removed.\n", run.folder.string());
  clear(run);
}

/// In the table's order, what several experiments share once.
std::deque<Unfinished> unfinished(const std::vector<PlacedRun>& runs) {
  std::deque<Unfinished> list;
  std::set<fs::path> seen;
  for (const PlacedRun& run : runs)
    if (seen.insert(run.folder).second && !finished_or_cleared(run))
      list.push_back({&run, fs::exists(run.folder / "checkpoint.safetensors") ? share_done(run) : 0});
  return list;
}

/// The first that no other sgtm process is at work on.
std::optional<Unfinished> take_free(std::deque<Unfinished>& waiting) {
  const auto is_free = [](const Unfinished& run) { return !is_locked(run.run->folder); };
  const auto free = std::find_if(waiting.begin(), waiting.end(), is_free);
  if (free == waiting.end()) return std::nullopt;
  const Unfinished next = *free;
  waiting.erase(free);
  return next;
}

enum class End { well, busy, failed };

/// By what waitpid tells of a process.
End end_of(int status) {
  if (!WIFEXITED(status)) return End::failed;
  return WEXITSTATUS(status) == 0 ? End::well : WEXITSTATUS(status) == busy_code ? End::busy : End::failed;
}

/// The runs that go on now, each a process.
class Workers {
 public:
  explicit Workers(int jobs) : jobs_(static_cast<std::size_t>(jobs)), threads_(std::max(1, threads_in_use() / jobs)) {}

  /// No run goes on unattended, whatever ends the table.
  ~Workers() {
    stop();
    while (busy())
      if (!ended()) ::usleep(20000);
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  bool busy() const { return !running_.empty(); }
  bool have_room() const { return running_.size() < jobs_; }
  void begin(const Unfinished& next) {
    clear_if_damaged(*next.run);
    running_[start(*next.run, threads_)] = next;
  }

  /// Asks all to save and end; once.
  void stop() {
    if (!std::exchange(stopped_, true))
      for (const auto& [process, of] : running_) ::kill(process, SIGTERM);
  }

  /// One that has ended since, and how.
  std::optional<std::pair<Unfinished, End>> ended() {
    for (const auto& [process, of] : running_) {
      int status = 0;
      const pid_t gone = ::waitpid(process, &status, WNOHANG);
      if (gone == 0) continue;
      const std::pair result{of, gone == process ? end_of(status) : End::failed};
      running_.erase(process);
      return result;
    }
    return std::nullopt;
  }

  /// GFLOP that the running ones have done.
  double done() const {
    double sum = 0;
    for (const auto& [process, of] : running_) sum += of.done();
    return sum;
  }

 private:
  std::map<pid_t, Unfinished> running_;
  std::size_t jobs_;
  int threads_;
  bool stopped_ = false;
};

/// A table on its way.
class Execution {
 public:
  Execution(const std::vector<PlacedRun>& runs, int jobs)
      : waiting_(unfinished(runs)),
        workers_(jobs),
        progress_(fmt::format("{} runs, {} at a time", waiting_.size(), jobs), "GFLOP", work_of(waiting_)) {}

  std::vector<std::string> operator()() {
    const CatchInterrupts catching;
    while (workers_.busy() || (!waiting_.empty() && !interrupted())) {
      if (interrupted()) workers_.stop();
      const bool may_begin = workers_.have_room() && !interrupted();
      if (const auto next = may_begin ? take_free(waiting_) : std::nullopt)
        guarded([&] { begin(*next); });
      else if (const auto ended = workers_.ended())
        guarded([&] { end(ended->first, ended->second); });
      else
        wait();
    }
    if (interrupted())
      throw Interrupted("stopped; what was in training is saved, attacks begin anew. Repeat the command to go on.");
    return failed_;
  }

 private:
  static double work_of(const std::deque<Unfinished>& runs) {
    double sum = 0;
    for (const Unfinished& run : runs) sum += run.work();
    return sum;
  }

  /// What goes wrong with one run does not stop the others.
  template <class Act>
  void guarded(const Act& act) {
    try {
      act();
    } catch (const Error& e) {
      failed_.push_back(e.what());
    } catch (const fs::filesystem_error& e) {
      failed_.push_back(fmt::format("{}: {}", e.path1().string(), e.code().message()));
    }
  }

  void begin(const Unfinished& next) {
    if (finished_or_cleared(*next.run))  // by another process, meanwhile
      done_ += next.work();
    else
      workers_.begin(next);
  }

  void end(const Unfinished& run, End how) {
    if (how != End::well && interrupted()) return;
    if (how == End::busy) return waiting_.push_back(run);  // another process was quicker
    done_ += run.work();
    if (how == End::failed)
      failed_.push_back(fmt::format("{}, which {} explains", run.run->folder.string(), log_of(*run.run).string()));
    if (const auto result = how == End::well ? result_of(*run.run) : std::nullopt) keep(*run.run, *result);
  }

  void wait() {
    if (!workers_.busy() && !std::exchange(said_why_, true))
      fmt::print(stderr, "sgtm: {}: another sgtm process makes this run; waiting for it.\n",
                 waiting_.front().run->folder.string());
    ::usleep(20000);
    if (progress_.due()) progress_.update(done_ + workers_.done());
  }

  std::deque<Unfinished> waiting_;
  Workers workers_;
  Progress progress_;
  std::vector<std::string> failed_;
  double done_ = 0;
  bool said_why_ = false;
};

}  // namespace

std::vector<std::string> execute(const std::vector<PlacedRun>& runs, int jobs) {
  return Execution(runs, jobs)();
}

}  // namespace sgtm
