#include "lab/tables/workers.hpp"

#include <fmt/format.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "core/error.hpp"
#include "core/machine.hpp"
#include "text/strings.hpp"

namespace sgtm {
namespace {

pid_t start(const PlacedRun& run, int threads) {
  make_folder(run.folder);
  const std::string command =
      fmt::format("exec {} {} --threads {} >>{} 2>&1", shell_quoted(program_to_start().string()), run.arguments,
                  threads, shell_quoted(log_of(run).string()));
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

/// By what waitpid tells of a process.
End end_of(int status) {
  if (!WIFEXITED(status)) return End::killed;
  return WEXITSTATUS(status) == 0 ? End::well : WEXITSTATUS(status) == busy_code ? End::busy : End::failed;
}

}  // namespace

fs::path log_of(const PlacedRun& run) {
  return run.folder / "train.log";
}

std::string last_words(const PlacedRun& run) {
  std::ifstream log(log_of(run));
  std::string last;
  for (std::string line; std::getline(log, line);)
    if (!line.empty()) last = line;
  return last;
}

/// The last progress lines count: "training: ... step 30/200", and of what comes after "relearning:  40 %".
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

double Unfinished::done() const {
  return std::max(0.0, share_done(*run) - saved) * run->cost;
}

Workers::Workers(int jobs) : jobs_(static_cast<std::size_t>(jobs)), threads_(std::max(1, threads_in_use() / jobs)) {}

Workers::~Workers() {
  stop();
  while (busy())
    if (!ended()) ::usleep(20000);
}

void Workers::begin(const Unfinished& next) {
  running_[start(*next.run, threads_)] = next;
}

void Workers::stop() {
  if (!std::exchange(stopped_, true))
    for (const auto& [process, of] : running_) ::kill(process, SIGTERM);
}

std::optional<std::pair<Unfinished, End>> Workers::ended() {
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

double Workers::done() const {
  double sum = 0;
  for (const auto& [process, of] : running_) sum += of.done();
  return sum;
}

}  // namespace sgtm
