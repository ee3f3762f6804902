// What a run costs, term by term. A context of 200 makes documents of 100 tokens.
#include "lab/tables/run_table.hpp"

#include <doctest/doctest.h>

using namespace sgtm;

namespace {

/// Of 10,000 tokens, half are forget; nothing comes after training.
RunConfig config_of(const char* filter = "none") {
  RunConfig c;
  c.filter = filter;
  c.tokens = 10000;
  c.model.context = 200;
  c.calibration_steps = 0;
  return c;
}

}  // namespace

TEST_CASE("trained tokens: a filter skips what it labels forget, rightly or wrongly; refilled steps are not skipped") {
  CHECK(trained_tokens(config_of()) == 10000);
  for (const char* filter : {"weak", "strict"}) {
    RunConfig c = config_of(filter);
    CHECK(trained_tokens(c) == doctest::Approx(5000));
    c.labels.undiscovered = 0.4;  // of 5,000 forget tokens 2,000 are trained on
    CHECK(trained_tokens(c) == doctest::Approx(7000));
    c.labels.false_positive_rate = 0.1;  // of 5,000 others 500 are not
    CHECK(trained_tokens(c) == doctest::Approx(6500));
    c.refill = true;
    CHECK(trained_tokens(c) == 10000);
  }
}

TEST_CASE("work: training, forward passes of each calibration, and an attack on both kinds of documents") {
  CHECK(work_of(config_of()) == doctest::Approx(10000));
  CHECK(work_of(config_of("weak")) == doctest::Approx(5000));
  RunConfig c = config_of();
  c.calibration_steps = 24, c.calibration_documents = 5;  // 12,000 tokens of each of three sources, forward only
  CHECK(work_of(c) == doctest::Approx(10000 + 3 * 12000 / 2.4));
  c.evaluate_every = 0.25;  // four on the way and one at the end
  CHECK(work_of(c) == doctest::Approx(10000 + 5 * 3 * 12000 / 2.4));
  c.evaluate_every = 50;  // steps: how many looks that makes is not reckoned
  CHECK(work_of(c) == doctest::Approx(10000 + 3 * 12000 / 2.4));
  c.evaluate_every = 1;
  CHECK(work_of(c) == doctest::Approx(10000 + 3 * 12000 / 2.4));
  c = config_of();
  c.relearning.steps = 30, c.relearning.documents = 4;
  CHECK(work_of(c) == doctest::Approx(10000 + 2 * 30 * 4 * 100));
}
