#include "core/interrupt.hpp"

#include <csignal>
#include <iterator>

namespace sgtm {
namespace {

constexpr int caught[] = {SIGINT, SIGTERM, SIGHUP};
volatile std::sig_atomic_t flag = 0;

/// A second Ctrl-C ends the program at once. A closed terminal says so twice by itself.
void note(int signal_number) {
  flag = 1;
  if (signal_number != SIGHUP) std::signal(signal_number, SIG_DFL);
}

}  // namespace

CatchInterrupts::CatchInterrupts() {
  for (std::size_t i = 0; i < std::size(caught); ++i) {
    before_[i] = std::signal(caught[i], note);
    if (caught[i] == SIGHUP && before_[i] == SIG_IGN) std::signal(SIGHUP, SIG_IGN);  // nohup
  }
}

CatchInterrupts::~CatchInterrupts() {
  for (std::size_t i = 0; i < std::size(caught); ++i) std::signal(caught[i], before_[i]);
}

bool interrupted() {
  return flag != 0;
}

}  // namespace sgtm
