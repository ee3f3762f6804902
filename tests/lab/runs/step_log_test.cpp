#include "lab/runs/step_log.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace sgtm;

TEST_CASE("step log: a resumed one drops the steps that come again and a line that was cut; a new one begins anew") {
  const TemporaryFolder folder("step-log");
  const fs::path path = folder / "metrics.csv";
  const auto written = [&](Index next_step, Index rows) {
    StepLog log(path, "step,loss", next_step, rows);
    log.write("{},{:.1f}", next_step, 9.0);
    CHECK(log.rows() == rows + 1);
    log.flush();
    return read_file(path);
  };
  const std::string before = "step,loss\n0,1.5\n1,1.0\n2,0.5\n10,0.2\n3,0";
  write_file(path, before);
  CHECK(written(2, 2) == "step,loss\n0,1.5\n1,1.0\n2,9.0\n");
  write_file(path, before);
  CHECK(written(12, 4) == "step,loss\n0,1.5\n1,1.0\n2,0.5\n10,0.2\n12,9.0\n");  // without the cut one
  write_file(path, before);
  CHECK(written(0, 0) == "step,loss\n0,9.0\n");
  const std::vector<LogRow> rows = read_rows(path);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].step() == 0);
  CHECK(rows[0].number(1) == 9);
  write_file(path, "a,b,c\n1,,x\n2,y,\n");
  CHECK(read_rows(path)[0].cells == std::vector<std::string>{"1", "", "x"});
  CHECK(read_rows(path)[1].cells == std::vector<std::string>{"2", "y", ""});
}

TEST_CASE("step log: lines that are missing or damaged are told before a run goes on, and nothing is changed") {
  const TemporaryFolder folder("damaged-log");
  const fs::path path = folder / "metrics.csv";
  const auto refused = [&](const std::string& file, const std::string& why) {
    CAPTURE(file);
    if (file.empty())
      fs::remove(path);
    else
      write_file(path, file);
    CHECK_THROWS_WITH_AS(StepLog(path, "step,loss", 2, 2), doctest::Contains(why.c_str()), Error);
    if (!file.empty()) CHECK(read_file(path) == file);
  };
  refused("", "has 0 lines of the 2 that were written before step 2. Start the run anew");
  refused("step,loss\n0,1\n", "has 1 lines of the 2");
  refused("step,loss\n0,1\n0,1\n1,1\n", "has 3 lines of the 2");
  refused("step,loss\n0,1\n1\n", "metrics.csv, line 3: has not as many cells as the header");
  refused("step,loss\n0,1\none,2\n", "metrics.csv, line 3: \"one\" is no number");
  refused("step,loss\n0,1\n,2\n", "metrics.csv, line 3: \"\" is no number");
  write_file(path, "step,loss\n0,1x\n1,2\n");
  CHECK_THROWS_WITH_AS(read_rows(path)[0].number(1), doctest::Contains("line 2: \"1x\" is no number"), Error);
}
