#include "core/machine.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>

using namespace sgtm;

TEST_CASE("machine: the processor is the one that the system tells of") {
  std::ifstream file("/proc/cpuinfo");
  std::string told, line;
  while (told.empty() && std::getline(file, line))
    if (line.starts_with("model name")) told = line.substr(line.find(':') + 2);
  if (told.empty()) {
    MESSAGE("skipped: /proc/cpuinfo names no processor here");
    return;
  }
  CHECK(this_machine().processor.starts_with(told));
}

TEST_CASE("machine: memory is told in bytes") {
  constexpr double megabyte = 1 << 20;
  CHECK(memory_of_this_machine() > 100 * megabyte);
  const double before = peak_memory();
  CHECK(before > megabyte);
  CHECK(before < memory_of_this_machine());
  std::string block(static_cast<std::size_t>(before) + (64 << 20), 'x');
  CHECK(block[block.size() / 2] == 'x');
  CHECK(peak_memory() > before + 60 * megabyte);
}

TEST_CASE("machine: this very program can be started, also under a path of its own") {
  CHECK(std::filesystem::equivalent(program_to_start(), this_program()));
  CHECK(this_program().filename() == "test_core");
}
