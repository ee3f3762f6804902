#pragma once

#include <CLI/CLI.hpp>

namespace sgtm {

/// The parts of `sgtm verify`. A check that fails ends the program with exit code 1, by `end_with`.
void add_verify_gradients(CLI::App& verify);
void add_verify_golden(CLI::App& verify);
void add_verify_invariants(CLI::App& verify);
void add_verify_export(CLI::App& verify);

/// Ends the command: returns where all is right.
inline void end_with(bool right) {
  if (!right) throw CLI::RuntimeError(1);
}

}  // namespace sgtm
