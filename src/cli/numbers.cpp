#include <charconv>
#include <cmath>

#include "cli/commands.hpp"

namespace sgtm {
namespace {

constexpr std::uint64_t most_whole = 2'147'483'647;
constexpr double most = 1e15;

/// What is wrong with a text as a whole number from 0 to `largest`.
std::string not_whole(const std::string& text, std::uint64_t largest) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = !text.empty() && fault == std::errc() && end == text.data() + text.size();
  return is_whole && value <= largest ? "" : fmt::format("must be a whole number from 0 to {}, not {}", largest, text);
}

/// Not finite where the text is no number.
double number_in(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  return text.empty() || end != text.c_str() + text.size() ? std::nan("") : value;
}

CLI::Validator check_of(std::function<std::string(std::string&)> fault) {
  return CLI::Validator(std::move(fault), "");  // no description, which would stand in --help
}

CLI::Validator check_for(const std::string& type) {
  if (type.starts_with("UINT")) return check_of([](std::string& text) { return not_whole(text, UINT64_MAX); });
  if (type.starts_with("INT")) return check_of([](std::string& text) { return not_whole(text, most_whole); });
  return check_of([](std::string& text) {
    return std::abs(number_in(text)) <= most ? "" : fmt::format("must be a number of at most {:g}, not {}", most, text);
  });
}

}  // namespace

void check_numbers(CLI::App& program) {
  for (CLI::Option* option : program.get_options()) {
    const std::string type = option->get_type_name();
    if (type.starts_with("UINT") || type.starts_with("INT") || type.starts_with("FLOAT"))
      option->check(check_for(type));
  }
  for (CLI::App* command : program.get_subcommands([](CLI::App*) { return true; })) check_numbers(*command);
}

CLI::Validator at_least(double least) {
  return check_of([=](std::string& text) {
    return number_in(text) >= least ? "" : fmt::format("must be at least {:g}, not {}", least, text);
  });
}

CLI::Validator between(double least, double most_here) {
  return check_of([=](std::string& text) {
    const double value = number_in(text);
    return value >= least && value <= most_here
               ? ""
               : fmt::format("must lie between {:g} and {:g}, not at {}", least, most_here, text);
  });
}

CLI::Validator ends_with(const std::string& ending) {
  return check_of([=](std::string& text) {
    return text.ends_with(ending) ? ""
                                  : fmt::format("the file's name must end in {}, as in {}{}", ending, "page", ending);
  });
}

}  // namespace sgtm
