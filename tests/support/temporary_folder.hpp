#pragma once

#include <unistd.h>

#include <string>

#include "core/files.hpp"

/// A folder of its own for a test, gone when the test ends.
struct TemporaryFolder {
  sgtm::fs::path path;
  explicit TemporaryFolder(const std::string& name)
      : path(sgtm::fs::temp_directory_path() / ("sgtm-test-" + name + "-" + std::to_string(::getpid()))) {
    sgtm::fs::remove_all(path);
    sgtm::fs::create_directories(path);
  }
  ~TemporaryFolder() { sgtm::fs::remove_all(path); }
  sgtm::fs::path operator/(const std::string& file) const { return path / file; }
};
