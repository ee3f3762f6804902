#include "cli/program.hpp"

#include <fmt/format.h>

#include <sstream>

#include "cli/commands.hpp"
#include "cli/numbers.hpp"
#include "cli/suggestion.hpp"
#include "core/error.hpp"
#include "core/machine.hpp"
#include "core/say.hpp"
#include "text/pretokenizer.hpp"

namespace sgtm {

int run_program(int argc, char** argv) {
  CLI::App program(
      "sgtm: Selective Gradient Masking on a laptop. Trains a small language model so that what it may have to forget "
      "lives "
      "in a few attention heads and MLP units, and then zeroes those (Shilov et al. 2025, arXiv:2512.05648).");
  program.name("sgtm");
  program.set_version_flag("--version", version());
  program.require_subcommand(0, 1);
  program.footer("Start with: sgtm demo, or see what each command does with: sgtm COMMAND --help");
  for (const auto add :
       {add_demo, add_demo_fields, add_stories, add_encyclopedia, add_prepare, add_masks, add_trace, add_train,
        add_ablate, add_calibrate, add_eval, add_sample, add_info, add_verify, add_bench, add_experiment})
    add(program);
  check_numbers(program);
  for (int i = 1; i < argc; ++i)  // names go into JSON: better told now than after the work
    if (invalid_utf8_at(argv[i]) != std::string::npos)
      throw Error(fmt::format("argument {} is not UTF-8. Rename the file or folder.", i));
  use_allowed_threads();
  try {
    program.parse(argc, argv);
    if (program.get_subcommands().empty()) throw Error("which command? See: sgtm --help");
    return 0;
  } catch (const CLI::RuntimeError& e) {
    return e.get_exit_code();  // a check has failed, and the command has said so
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) {  // --help, --version
      std::ostringstream text;
      program.exit(e, text);
      print_out("{}", text.str());
      return 0;
    }
    std::string command = "sgtm";
    const CLI::App* innermost = &program;
    while (!innermost->get_subcommands().empty()) {
      innermost = innermost->get_subcommands().front();
      command += " " + innermost->get_name();
    }
    say("{}.{} See: {} --help", e.what(), suggestion(*innermost, {argv + 1, argv + argc}), command);
    return 2;
  }
}

}  // namespace sgtm
