#include "core/machine.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/temporary_folder.hpp"

using namespace sgtm;

TEST_CASE("quota: the least limit of a process's control group and those around it, in either version") {
  const TemporaryFolder root("cgroup");
  const auto quota = [&](const char* groups) { return quota_below(root.path, groups); };
  CHECK(std::isinf(quota("0::/a/b\n").cores));
  CHECK(std::isinf(quota("").bytes));
  write_file(root / "a/b/cpu.max", "max 100000\n");
  write_file(root / "a/b/memory.max", "max\n");
  CHECK(std::isinf(quota("0::/a/b\n").cores));
  CHECK(std::isinf(quota("0::/a/b\n").bytes));
  write_file(root / "a/cpu.max", "150000 100000\n");
  write_file(root / "a/b/memory.max", "1000000\n");
  write_file(root / "a/memory.max", "5000000\n");
  CHECK(quota("0::/a/b\n").cores == 1.5);
  CHECK(quota("0::/a/b\n").bytes == 1e6);
  CHECK(quota("0::/\n").cores > 1e9);
  write_file(root / "cpu,cpuacct/x/cpu.cfs_quota_us", "50000\n");
  write_file(root / "cpu,cpuacct/x/cpu.cfs_period_us", "100000\n");
  write_file(root / "memory/x/memory.limit_in_bytes", "2000000\n");
  const Quota first = quota("4:cpu,cpuacct:/x\n3:memory:/x\n");
  CHECK(first.cores == 0.5);
  CHECK(first.bytes == 2e6);
  write_file(root / "cpu,cpuacct/x/cpu.cfs_quota_us", "-1\n");
  CHECK(std::isinf(quota("4:cpu,cpuacct:/x\n").cores));
}
