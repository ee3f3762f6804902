#include "cli/verify.hpp"

namespace sgtm {

void add_verify(CLI::App& program) {
  CLI::App* command = program.add_subcommand(
      "verify", "hold gradients and masks against central differences, PyTorch's numbers and exact invariants");
  command->require_subcommand(1);
  add_verify_gradients(*command);
  add_verify_golden(*command);
  add_verify_invariants(*command);
  add_verify_export(*command);
  command->footer(
      "Examples:\n  sgtm verify gradients\n  sgtm verify invariants\n  sgtm verify golden tests/golden/tiny\n"
      "Exit code: 0 where all is right, 1 where something is wrong, 2 where the question was.");
}

}  // namespace sgtm
