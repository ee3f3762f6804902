#include "lab/tables/execute.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "core/interrupt.hpp"
#include "core/progress.hpp"
#include "core/say.hpp"
#include "lab/runs/run.hpp"
#include "lab/tables/workers.hpp"

namespace sgtm {
namespace {

void clear(const PlacedRun& run) {
  clear_run(run.folder);
  fs::remove(log_of(run));
}

/// Removes a result that can't be read, saying so: a copy that is kept may still do, or the run begins anew.
bool finished_or_cleared(const PlacedRun& run) {
  const fs::path path = result_path(run);
  try {
    return result_of(run).has_value();
  } catch (const Damaged& e) {
    say("{} So it is removed.", e.what());
    if (path == run.kept)
      fs::remove(path);
    else
      clear(run);
    return finished_or_cleared(run);
  }
}

/// Removes what a run could not go on from, saying so.
void clear_if_damaged(const PlacedRun& run) {
  if (can_go_on(run.folder)) return;
  say("{}: what an earlier call left there is damaged. So it is removed.", run.folder.string());
  clear(run);
}

/// Which run went wrong, and why.
std::string failure(const PlacedRun& run, End how) {
  const PlannedRun& p = run.plan;
  const std::string which = fmt::format("{} {}, {:g} % undiscovered, seed {} ({})", p.size, p.method,
                                        100 * p.undiscovered, p.config.seed, run.folder.string());
  if (how == End::killed) return which + ": was killed. If memory ran out, give a smaller --jobs.";
  return fmt::format("{}: {}", which, last_words(run));
}

bool may_begin(const PlacedRun& run) {
  return !is_locked(run.folder) && (run.from.empty() || has_model(run.from));
}

/// The first that may begin: no other sgtm process is at work on it, and what it goes on from is there.
std::optional<Unfinished> take_free(std::deque<Unfinished>& waiting) {
  const auto is_free = [](const Unfinished& run) { return may_begin(*run.run); };
  const auto free = std::find_if(waiting.begin(), waiting.end(), is_free);
  if (free == waiting.end()) return std::nullopt;
  const Unfinished next = *free;
  waiting.erase(free);
  return next;
}

/// A table on its way.
class Execution {
 public:
  Execution(const std::vector<PlacedRun>& runs, int jobs)
      : waiting_(unfinished_of(runs)),
        workers_(jobs),
        progress_(fmt::format("{} runs, {} at a time", waiting_.size(), jobs), "GFLOP", work_of(waiting_)) {}

  std::vector<std::string> operator()() {
    const CatchInterrupts catching;
    while (workers_.busy() || (!waiting_.empty() && !interrupted())) {
      if (interrupted()) workers_.stop();
      const bool have_room = workers_.have_room() && !interrupted();
      if (const auto next = have_room ? take_free(waiting_) : std::nullopt)
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
  std::deque<Unfinished> unfinished_of(const std::vector<PlacedRun>& runs) {
    std::deque<Unfinished> list;
    std::set<fs::path> hopeless;
    const auto is_done = [&](const PlacedRun& run) {
      bool done = false;
      hopeless.insert(run.folder);
      guarded([&] { done = finished_or_cleared(run), hopeless.erase(run.folder); });
      return done;
    };
    for (const PlacedRun* run : runs_to_make(runs, is_done))
      if (!hopeless.contains(run->folder))
        list.push_back({run, fs::exists(run->folder / "checkpoint.safetensors") ? share_done(*run) : 0});
    return list;
  }

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
    const fs::path& folder = next.run->folder;
    const bool needs_model =
        std::any_of(waiting_.begin(), waiting_.end(), [&](const Unfinished& run) { return run.run->from == folder; });
    if (finished_or_cleared(*next.run) && (!needs_model || has_model(folder))) {  // by another process, meanwhile
      done_ += next.work();
    } else {
      clear_if_damaged(*next.run);
      workers_.begin(next);
    }
  }

  void end(const Unfinished& run, End how) {
    if (how != End::well && interrupted()) return;
    if (how == End::busy) return waiting_.push_back(run);  // another process was quicker
    done_ += run.work();
    if (how != End::well)
      failed_.push_back(failure(*run.run, how));
    else if (const auto result = result_of(*run.run))
      keep(*run.run, *result);
  }

  /// What goes on from a run that nobody makes can't begin.
  void give_up_orphans() {
    std::set<fs::path> to_come;
    for (const Unfinished& run : waiting_) to_come.insert(run.run->folder);
    std::erase_if(waiting_, [&](const Unfinished& next) {
      const fs::path& from = next.run->from;
      if (from.empty() || to_come.contains(from) || is_locked(from) || has_model(from)) return false;
      failed_.push_back(fmt::format("{}: goes on from {}, which failed.", next.run->folder.string(), from.string()));
      return true;
    });
  }

  void wait() {
    if (!workers_.busy()) give_up_orphans();
    if (!workers_.busy() && waiting_.empty()) return;
    if (!workers_.busy() && !std::exchange(said_why_, true))
      say("{}: another sgtm process makes this run; waiting for it.", waiting_.front().run->folder.string());
    ::usleep(20000);
    if (progress_.due()) progress_.update(done_ + workers_.done());
  }

  std::vector<std::string> failed_;
  std::deque<Unfinished> waiting_;
  Workers workers_;
  Progress progress_;
  double done_ = 0;
  bool said_why_ = false;
};

}  // namespace

std::vector<std::string> execute(const std::vector<PlacedRun>& runs, int jobs) {
  return Execution(runs, jobs)();
}

}  // namespace sgtm
