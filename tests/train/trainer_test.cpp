#include "train/trainer.hpp"

#include <doctest/doctest.h>
#include <omp.h>

#include "core/error.hpp"
#include "tests/support/small_data.hpp"

using namespace sgtm;

namespace {

Flat<float> trained(const RunConfig& config, Index steps) {
  Trainer trainer(config, small_data().data);
  for (Index s = 0; s < steps; ++s) trainer.step();
  return trainer.parameters();
}

}  // namespace

TEST_CASE("schedule: a line from a tenth of the peak, then half a cosine to 0") {
  const Schedule schedule{0.01, 10, 110};
  CHECK(schedule.rate(0) == doctest::Approx(0.001));
  CHECK(schedule.rate(5) == doctest::Approx(0.0055));
  CHECK(schedule.rate(10) == doctest::Approx(0.01));
  CHECK(schedule.rate(60) == doctest::Approx(0.005));
  CHECK(schedule.rate(110) == doctest::Approx(0).epsilon(1e-12));
  CHECK(Schedule{1, 0, 1}.rate(0) == 1);
}

TEST_CASE("trainer: training is a function of configuration and seed, for any number of threads") {
  RunConfig config = small_run();
  const Flat<float> once = trained(config, 12);
  for (const int threads : {1, 3}) {
    omp_set_num_threads(threads);
    CHECK((trained(config, 12) == once).all());
  }
  config.seed = 2;
  CHECK_FALSE((trained(config, 12) == once).all());
}

TEST_CASE("trainer: the loss falls") {
  RunConfig config = small_run();
  config.steps = 60;
  config.learning_rate = 1e-2;
  Trainer trainer(config, small_data().data);
  const double first = trainer.step().loss;
  double last = 0;
  while (trainer.next_step() < trainer.steps()) last = trainer.step().loss;
  CHECK(last < first - 1);
}

TEST_CASE("trainer: the micro-batch changes rounding only") {
  RunConfig config = small_run();
  config.batch = 6;
  const Flat<float> whole = trained(config, 8);
  config.micro_batch = 200;
  const Flat<float> cut = trained(config, 8);
  CHECK((whole - cut).matrix().norm() / whole.matrix().norm() < 1e-4);
}

TEST_CASE("trainer: a restored run ends with the same bits as one that was never stopped, for every optimizer") {
  const TemporaryFolder folder("restore");
  for (const char* optimizer : {"joint", "split"}) {
    RunConfig config = small_run();
    config.optimizer = optimizer;
    const Flat<float> whole = trained(config, 12);
    {
      Trainer first(config, small_data().data);
      for (int s = 0; s < 5; ++s) first.step();
      first.save(folder / "state");
    }
    Trainer second(config, small_data().data);
    second.restore(folder / "state");
    CHECK(second.next_step() == 5);
    while (second.next_step() < second.steps()) second.step();
    CHECK((second.parameters() == whole).all());
    CHECK(second.totals().trained_tokens() > 0);
  }
}

TEST_CASE("trainer: a filter skips documents without a trace, but the schedule goes on") {
  RunConfig config = small_run();
  config.strategy = "none";
  config.filter = "weak";
  Trainer trainer(config, small_data().data);
  Flat<float> before;
  int skipped = 0;
  while (trainer.next_step() < trainer.steps()) {
    before = trainer.parameters();
    const StepReport report = trainer.step();
    CHECK(report.skipped == (report.label == Label::forget));
    CHECK((trainer.parameters() == before).all() == report.skipped);
    CHECK(report.rate == (Schedule{config.learning_rate, 1, 12}.rate(report.step)));
    skipped += report.skipped;
  }
  CHECK(skipped > 0);
  CHECK(trainer.totals().skipped > 0);
}

TEST_CASE("trainer: a loss that is not finite stops the run and leaves the parameters as they were") {
  RunConfig config = small_run();
  Trainer trainer(config, small_data().data);
  trainer.step();
  row(trainer.parameters(), trainer.layout().norm_gain)[0] = std::numeric_limits<float>::infinity();
  const Flat<float> before = trainer.parameters();
  CHECK_THROWS_WITH_AS(trainer.step(), doctest::Contains("step 1: the loss is no longer a finite number"), Error);
  CHECK((trainer.parameters() == before).all());
}
