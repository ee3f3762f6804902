#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "tests/support/temporary_folder.hpp"

/// What a command printed, and how it ended.
struct Outcome {
  int code;  // 128 + the signal's number where a signal ended it
  std::string out, error;
};

/// Runs `sgtm` with these arguments in a shell, where $SGTM is the program: what a user would type.
inline Outcome run_shell(const TemporaryFolder& folder, const std::string& command) {
  const std::string out = folder / "stdout", error = folder / "stderr";
  const std::string line = "cd '" + folder.path.string() + "' && SGTM='" + SGTM_PROGRAM + "'; { " + command + "; } >'" +
                           out + "' 2>'" + error + "'";
  const int status = std::system(line.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), sgtm::read_file(out),
          sgtm::read_file(error)};
}

inline Outcome run_sgtm(const TemporaryFolder& folder, const std::string& arguments) {
  return run_shell(folder, "$SGTM " + arguments);
}
