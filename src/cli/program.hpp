#pragma once

namespace sgtm {

/// All commands: finds and runs the one that is asked for. Returns the exit code; mistakes are thrown.
int run_program(int argc, char** argv);

}  // namespace sgtm
