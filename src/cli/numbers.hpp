#pragma once

#include <CLI/CLI.hpp>

namespace sgtm {

/// Gives every option of the program and its commands that takes a number a check: the text is a number of its type,
/// finite, and not beyond what anything here can mean.
void check_numbers(CLI::App& program);

/// Further checks, for single options.
CLI::Validator at_least(double least);
CLI::Validator between(double least, double most);

/// The option names a file with this ending, so that a model or a data set is not overwritten by a picture.
CLI::Validator ends_with(const std::string& ending);

}  // namespace sgtm
