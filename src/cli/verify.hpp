#pragma once

#include "cli/commands.hpp"

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

/// Prints what --fault can be.
template <class Fault>
void list_faults(const std::vector<Fault>& faults) {
  std::vector<std::vector<std::string>> rows{{"fault", "what is wrong"}};
  for (const Fault& fault : faults) rows.push_back({fault.name, fault.what});
  fmt::print("{}", text_table(rows));
}

}  // namespace sgtm
