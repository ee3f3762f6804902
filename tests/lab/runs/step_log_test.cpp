#include "lab/runs/step_log.hpp"

#include <doctest/doctest.h>

#include "tests/support/temporary_folder.hpp"

using namespace sgtm;

TEST_CASE("step log: a resumed one drops the steps that come again and a line that was cut; a new one begins anew") {
  const TemporaryFolder folder("step-log");
  const fs::path path = folder / "metrics.csv";
  const auto written = [&](Index next_step) {
    StepLog log(path, "step,loss", next_step);
    log.write("{},{:.1f}", next_step, 9.0);
    log.flush();
    return read_file(path);
  };
  const std::string before = "step,loss\n0,1.5\n1,1.0\n2,0.5\n10,0.2\n3,0";
  CHECK(written(2) == "step,loss\n2,9.0\n");  // there was none
  write_file(path, before);
  CHECK(written(2) == "step,loss\n0,1.5\n1,1.0\n2,9.0\n");
  write_file(path, before);
  CHECK(written(12) == "step,loss\n0,1.5\n1,1.0\n2,0.5\n10,0.2\n12,9.0\n");  // without the cut one
  write_file(path, before);
  CHECK(written(0) == "step,loss\n0,9.0\n");
  CHECK(read_rows(path) == std::vector<std::vector<std::string>>{{"0", "9.0"}});
  write_file(path, "a,b,c\n1,,x\n2,y,z\n");
  CHECK(read_rows(path) == std::vector<std::vector<std::string>>{{"1", "", "x"}, {"2", "y", "z"}});
}
