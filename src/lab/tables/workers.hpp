#pragma once

#include <sys/types.h>

#include <map>
#include <optional>
#include <utility>

#include "lab/tables/run_table.hpp"

namespace sgtm {

/// Where a run's process writes what it prints.
fs::path log_of(const PlacedRun& run);
/// The last that it wrote.
std::string last_words(const PlacedRun& run);

/// How far a run is, by its log: of its work, 0 to 1.
double share_done(const PlacedRun& run);

/// A run that has to be made, or to go on.
struct Unfinished {
  const PlacedRun* run;
  double saved;                                            // the share of it that an earlier call has done
  double work() const { return (1 - saved) * run->cost; }  // GFLOP
  double done() const;                                     // GFLOP, of this call
};

/// busy: another process is at work on the run; failed: the end of its log says why; killed: by a signal, as where
/// memory runs out.
enum class End { well, busy, failed, killed };

/// The runs that go on now, each a process of its own with its share of the cores.
class Workers {
 public:
  explicit Workers(int jobs);
  /// No run goes on unattended, whatever ends the table.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  bool busy() const { return !running_.empty(); }
  bool have_room() const { return running_.size() < jobs_; }
  /// Throws Error where no process can be started.
  void begin(const Unfinished& next);
  /// Asks all to save and end; once.
  void stop();
  /// One that has ended since, and how.
  std::optional<std::pair<Unfinished, End>> ended();
  /// GFLOP that the running ones have done.
  double done() const;

 private:
  std::map<pid_t, Unfinished> running_;
  std::size_t jobs_;
  int threads_;
  bool stopped_ = false;
};

}  // namespace sgtm
