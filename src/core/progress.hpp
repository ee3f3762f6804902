#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

namespace sgtm {

/// One line on standard error that tells how far a long computation is and how long it will still take. It appears
/// after two seconds; on a terminal it is rewritten in place, in a log a new line comes every ten seconds.
class Progress {
 public:
  /// `unit` is what is counted, as in "tokens"; `total` how many there will be, 0 where that is not known.
  Progress(std::string task, std::string unit, double total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `done` units are finished.
  void update(double done) {
    if (due()) show(done, total_, {});
  }
  /// True when it is time to show the line again: for those who have more to tell, and would not prepare it in vain.
  bool due() const;
  /// Shows the line, `total` being better known by now and `detail` beside it.
  void show(double done, double total, std::string_view detail);

 private:
  using Clock = std::chrono::steady_clock;
  std::string task_, unit_;
  double total_;
  Clock::time_point start_ = Clock::now(), last_ = start_;
  bool terminal_, shown_ = false;
};

/// A progress that several threads move on at once, by `add`, from where it stood before.
class SharedProgress {
 public:
  SharedProgress(Progress& progress, double before) : progress_(progress), before_(before) {}
  void add(std::size_t more) {
    added_ += more;
    if (const std::unique_lock alone(showing_, std::try_to_lock); alone)
      progress_.update(before_ + static_cast<double>(added_));
  }

 private:
  Progress& progress_;
  double before_;
  std::atomic<std::size_t> added_ = 0;
  std::mutex showing_;
};

/// "12 s", "3 min 20 s", "2 h 5 min".
std::string duration_text(double seconds);
/// "950", "12.3k", "1.07M": a count for people.
std::string count_text(double count);

}  // namespace sgtm
