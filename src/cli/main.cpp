#include <fmt/format.h>

#include <filesystem>
#include <sstream>

#include "cli/commands.hpp"
#include "cli/numbers.hpp"
#include "cli/suggestion.hpp"
#include "core/error.hpp"
#include "core/machine.hpp"
#include "core/say.hpp"
#include "core/streams.hpp"
#include "text/pretokenizer.hpp"

namespace {

int run(int argc, char** argv) {
  CLI::App program(
      "sgtm: Selective Gradient Masking on a laptop. Trains a small language model so that what it may have to forget "
      "lives "
      "in a few attention heads and MLP units, and then zeroes those (Shilov et al. 2025, arXiv:2512.05648).");
  program.name("sgtm");
  program.set_version_flag("--version", sgtm::version());
  program.require_subcommand(0, 1);
  program.footer("Start with: sgtm demo, or see what each command does with: sgtm COMMAND --help");
  for (const auto add :
       {sgtm::add_demo, sgtm::add_demo_fields, sgtm::add_stories, sgtm::add_encyclopedia, sgtm::add_prepare,
        sgtm::add_masks, sgtm::add_trace, sgtm::add_train, sgtm::add_ablate, sgtm::add_calibrate, sgtm::add_eval,
        sgtm::add_sample, sgtm::add_info, sgtm::add_verify, sgtm::add_bench, sgtm::add_experiment})
    add(program);
  sgtm::check_numbers(program);
  for (int i = 1; i < argc; ++i)  // names go into JSON: better told now than after the work
    if (sgtm::invalid_utf8_at(argv[i]) != std::string::npos)
      throw sgtm::Error(fmt::format("argument {} is not UTF-8. Rename the file or folder.", i));
  sgtm::use_allowed_threads();
  try {
    program.parse(argc, argv);
    if (program.get_subcommands().empty()) throw sgtm::Error("which command? See: sgtm --help");
    return 0;
  } catch (const CLI::RuntimeError& e) {
    return e.get_exit_code();  // a check has failed, and the command has said so
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) {  // --help, --version
      std::ostringstream text;
      program.exit(e, text);
      sgtm::print_out("{}", text.str());
      return 0;
    }
    std::string command = "sgtm";
    const CLI::App* innermost = &program;
    while (!innermost->get_subcommands().empty()) {
      innermost = innermost->get_subcommands().front();
      command += " " + innermost->get_name();
    }
    sgtm::say("{}.{} See: {} --help", e.what(), sgtm::suggestion(*innermost, {argv + 1, argv + argc}), command);
    return 2;
  }
}

int failed(int code, const std::string& why) {
  sgtm::say("{}", why);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  sgtm::prepare_streams();
  try {
    const int code = run(argc, argv);
    sgtm::finish_output();
    return code;
  } catch (const sgtm::Interrupted& e) {
    return failed(130, e.what());
  } catch (const sgtm::Busy& e) {
    return failed(sgtm::busy_code, e.what());
  } catch (const sgtm::Error& e) {
    return failed(2, e.what());
  } catch (const std::bad_alloc&) {
    return failed(2, "there is not enough memory for this. Choose a smaller model, --micro-batch or --batch.");
  } catch (const std::filesystem::filesystem_error& e) {
    return failed(2, fmt::format("{}: {}. Name another path, or change its permissions.", e.path1().string(),
                                 e.code().message()));
  } catch (const std::exception& e) {
    return failed(3, fmt::format("{}: this is a mistake of the program. Please report it with the command.", e.what()));
  }
}
