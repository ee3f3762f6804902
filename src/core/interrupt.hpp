#pragma once

namespace sgtm {

/// While it lives, Ctrl-C (SIGINT), SIGTERM and a closed terminal (SIGHUP) only set a flag, so that a long loop can
/// save and stop at a good place; a second one ends the program at once. Code that does not look at the flag needs none
/// of this.
class CatchInterrupts {
 public:
  CatchInterrupts();
  ~CatchInterrupts();
  CatchInterrupts(const CatchInterrupts&) = delete;
  CatchInterrupts& operator=(const CatchInterrupts&) = delete;

 private:
  using Handler = void (*)(int);
  Handler before_[3];
};
bool interrupted();

}  // namespace sgtm
