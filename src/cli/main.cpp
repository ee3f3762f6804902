#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "cli/commands.hpp"
#include "core/error.hpp"
#include "core/machine.hpp"

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
  try {
    program.parse(argc, argv);
    if (program.get_subcommands().empty()) throw sgtm::Error("which command? See: sgtm --help");
    return 0;
  } catch (const CLI::RuntimeError& e) {
    return e.get_exit_code();  // a check has failed, and the command has said so
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return program.exit(e);  // --help, --version
    std::string command = "sgtm";
    for (const CLI::App* sub : program.get_subcommands()) command += " " + sub->get_name();
    fmt::print(stderr, "sgtm: {}. See: {} --help\n", e.what(), command);
    return 2;
  }
}

/// A closed terminal takes no more lines: that must not change how the program ends.
int failed(int code, const std::string& why) {
  std::fputs(fmt::format("sgtm: {}\n", why).c_str(), stderr);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
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
