#include "core/interrupt.hpp"

#include <csignal>

namespace sgtm {
namespace {

volatile std::sig_atomic_t flag = 0;

void note(int signal_number) {
  flag = 1;
  std::signal(signal_number, SIG_DFL);
}

}  // namespace

CatchInterrupts::CatchInterrupts() : before_{std::signal(SIGINT, note), std::signal(SIGTERM, note)} {}

CatchInterrupts::~CatchInterrupts() {
  std::signal(SIGINT, before_[0]);
  std::signal(SIGTERM, before_[1]);
}

bool interrupted() {
  return flag != 0;
}

}  // namespace sgtm
