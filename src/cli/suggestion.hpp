#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace sgtm {

/// " Did you mean --undiscovered?" for the first argument that is nearly an option or command of `app`, but is none;
/// else nothing.
std::string suggestion(const CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace sgtm
