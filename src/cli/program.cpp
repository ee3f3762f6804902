#include <algorithm>
#include <numeric>
#include <sstream>

#include "cli/commands.hpp"
#include "text/pretokenizer.hpp"

namespace sgtm {
namespace {

/// How many letters must be put in, left out or exchanged (Levenshtein).
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t(0));
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t exchanged = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({exchanged, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

/// " Did you mean --undiscovered?" for the first argument that is nearly an option or command of `app`, but is none;
/// else nothing.
std::string suggestion(const CLI::App& app, const std::vector<std::string>& arguments) {
  std::vector<std::string> known;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    known.push_back(command->get_name());
  for (const std::string& argument : arguments) {
    const std::string word = argument.substr(0, argument.find('='));
    if (word.size() < 4 || std::find(known.begin(), known.end(), word) != known.end()) continue;
    const auto nearest = std::min_element(known.begin(), known.end(), [&](const std::string& a, const std::string& b) {
      return distance(word, a) < distance(word, b);
    });
    if (nearest != known.end() && distance(word, *nearest) <= std::max<std::size_t>(2, word.size() / 3))
      return fmt::format(" Did you mean {}?", *nearest);
  }
  return "";
}

}  // namespace

int run_program(int argc, char** argv) {
  CLI::App program(
      "sgtm: Selective Gradient Masking on a laptop. Trains a small language model so that what it may have to forget "
      "lives in a few attention heads and MLP units, and then zeroes those (Shilov et al. 2025, arXiv:2512.05648).");
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
