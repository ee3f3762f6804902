#include "core/say.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

#include "core/error.hpp"
#include "core/files.hpp"

namespace sgtm {

void prepare_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(stream, F_GETFD) < 0) ::open("/dev/null", O_RDWR);  // gets the lowest free number: this one
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

void finish_output() {
  flush_output();
  if (std::ferror(stdout) != 0 && output_fault() == 0) output_fault() = EIO;
  if (output_fault() == 0 || output_fault() == EPIPE) return;
  throw Error(fmt::format("standard output: can't be written ({}). Free some space, or write elsewhere.",
                          system_reason(output_fault())));
}

}  // namespace sgtm
