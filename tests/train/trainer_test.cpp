#include "train/trainer.hpp"

#include <doctest/doctest.h>
#include <omp.h>

#include <nlohmann/json.hpp>

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

TEST_CASE("trainer: every seed has weights of its own, those that the model draws for it") {
  for (const std::uint64_t seed : {1u, 2u}) {
    RunConfig config = small_run();
    config.seed = seed;
    const Layout layout(config.model);
    Trainer trainer(config, small_data().data);
    CHECK((trainer.parameters() == initial_parameters<float>(config.model, layout, seed)).all());
    CHECK_FALSE((trainer.parameters() == initial_parameters<float>(config.model, layout, 3 - seed)).all());
  }
}

TEST_CASE("trainer: a step reports its batch, and totals are the sums of the reports by source and label") {
  for (const char* filter : {"none", "strict"}) {
    RunConfig config = small_run();
    config.strategy = "none", config.filter = filter;
    config.labels.false_positive_rate = 0.4, config.labels.retain_labeled = 1;
    config.steps = 40;
    Trainer trainer(config, adjacent_data().data);
    Loader loader(config, adjacent_data().data);
    std::map<std::pair<Source, Label>, double> trained;
    double skipped = 0;
    for (Index s = 0; s < 40; ++s) {
      const double seconds = trainer.totals().seconds;
      const StepReport report = trainer.step();
      CHECK((trainer.totals().seconds > seconds) == !report.skipped);
      Index tokens = 0;
      for (const Batch& batch : loader.batches(s)) tokens += batch.size();  // with the end tokens
      CHECK(report.step == s);
      CHECK(report.tokens == tokens);
      CHECK(report.source == loader.step(s).source);
      CHECK(report.label == loader.step(s).label);
      (report.skipped ? skipped : trained[{report.source, report.label}]) += static_cast<double>(report.tokens);
    }
    double all = 0;
    for (const Source source : sources)
      for (const Label label : labels) {
        const double counted = trainer.totals().trained[source][label];
        const std::pair pool{source, label};
        CHECK(counted == (trained.contains(pool) ? trained.at(pool) : 0));
        all += counted;
      }
    CHECK(trained.contains({Source::forget, Label::unlabeled}));
    CHECK(trainer.totals().trained_tokens() == all);
    CHECK(trainer.totals().skipped == skipped);
    CHECK((skipped > 0) == (config.filter == "strict"));
    CHECK(trainer.totals().seconds > 0);
  }
}

TEST_CASE("trainer: the gradient that the optimizer sees is the batch's, and 0 wherever the plan masks it") {
  for (const Strategy& strategy : strategies)
    for (const bool mask_joint : {false, true})
      for (const bool skip : {false, true}) {
        if (!strategy.splits && mask_joint) continue;
        CAPTURE(strategy.name);
        CAPTURE(mask_joint);
        CAPTURE(skip);
        RunConfig config = small_run();
        config.strategy = strategy.name;
        config.split.mask_joint = mask_joint;
        config.split.forget_gradient = mask_joint ? 0.3 : 1;
        config.labels.retain_labeled = 0.5;
        config.steps = 8;
        Trainer trainer(config, small_data().data, skip);
        Network<float> network(config.model, trainer.layout());
        while (trainer.next_step() < trainer.steps()) {
          const Index now = trainer.next_step();
          const Batch& batch = trainer.loader().batches(now)[0];
          const auto masks =
              plan<float>(strategy, trainer.loader().step(now).label, trainer.partition(), config.model, config.split);
          Flat<float> parameters = trainer.parameters(), gradient = Flat<float>::Zero(trainer.layout().size);
          network.forward(parameters, batch, masks.activation.forward);
          const double loss = network.backward(parameters, batch, masks.activation, masks.requires_grad,
                                               predicted_tokens(batch), gradient);
          for_each_range(masks.gradient_mask, [&](Index offset, Index size) { gradient.segment(offset, size) = 0; });
          if (mask_joint && trainer.loader().step(now).label == Label::forget)
            for_each_range(trainer.partition().forget,
                           [&](Index offset, Index size) { gradient.segment(offset, size) *= 0.3f; });
          const Flat<float> before = trainer.optimizer().moment_1();
          CHECK(trainer.step().loss == loss);
          // One AdamW: m = 0.9 m + 0.1 g everywhere.
          const Flat<float> expected = 0.9f * before + static_cast<float>(1 - 0.9) * gradient;
          CHECK((trainer.optimizer().moment_1() - expected).matrix().norm() <= 1e-6f * expected.matrix().norm());
          for_each_range(masks.gradient_mask, [&](Index offset, Index size) {
            const Flat<float> moved = trainer.optimizer().moment_1().segment(offset, size);
            REQUIRE((moved == 0.9f * before.segment(offset, size)).all());
          });
        }
      }
}

TEST_CASE("trainer: leaving out masked work changes no bit of what is trained") {
  for (const char* optimizer : {"joint", "split"}) {
    CAPTURE(optimizer);
    RunConfig config = small_run();
    config.optimizer = optimizer;
    config.labels.retain_labeled = 0.5;
    config.steps = 8;
    Trainer skipping(config, small_data().data), whole(config, small_data().data, false);
    while (whole.next_step() < whole.steps()) CHECK(skipping.step().loss == whole.step().loss);
    CHECK((skipping.parameters() == whole.parameters()).all());
    CHECK((skipping.optimizer().moment_2() == whole.optimizer().moment_2()).all());
  }
}

TEST_CASE("trainer: every step goes by the schedule's rate, with the decay and the betas that were asked for") {
  for (const double warmup : {3.0, 0.25}) {  // steps, or their share of twelve: the same
    RunConfig config = small_run();
    config.warmup = warmup;
    config.adamw = {0.8, 0.99, 1e-6, 0.3};
    config.learning_rate = 4e-3;
    Trainer trainer(config, small_data().data);
    const Schedule schedule{4e-3, 3, 12};
    Flat<double> m = Flat<double>::Zero(trainer.layout().size), v = m;
    double t = 0;
    while (trainer.next_step() < 5) {
      const double rate = schedule.rate(trainer.next_step());
      const Flat<double> before = trainer.parameters().cast<double>();
      const Flat<double> m_before = trainer.optimizer().moment_1().cast<double>();
      CHECK(trainer.step().rate == rate);
      const Flat<double> g = (trainer.optimizer().moment_1().cast<double>() - 0.8 * m_before) / (1 - 0.8);
      m = 0.8 * m + 0.2 * g, v = 0.99 * v + 0.01 * g * g, ++t;
      const Flat<double> step = (m / (1 - std::pow(0.8, t))) / ((v / (1 - std::pow(0.99, t))).sqrt() + 1e-6);
      const Flat<double> expected = (1 - rate * 0.3) * before - rate * step;
      const Flat<double> moved = trainer.parameters().cast<double>() - before;
      CHECK((moved - (expected - before)).matrix().norm() < 1e-3 * moved.matrix().norm());
    }
  }
}

TEST_CASE("trainer: a warmup of 1 is one step, of less a share of all, of 0 none") {
  for (const auto& [warmup, steps] : {std::pair<double, Index>{1, 1}, {0.99, 12}, {0, 0}}) {
    RunConfig config = small_run();
    config.warmup = warmup;
    Trainer trainer(config, small_data().data);
    const Schedule schedule{config.learning_rate, steps, 12};
    for (Index s = 0; s < 3; ++s) CHECK(trainer.step().rate == schedule.rate(s));
  }
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
    Trainer never_stopped(config, small_data().data);
    while (never_stopped.next_step() < never_stopped.steps()) never_stopped.step();
    CHECK(second.totals().trained == never_stopped.totals().trained);
    CHECK(second.totals().skipped == never_stopped.totals().skipped);
    CHECK(second.optimizer().steps() == never_stopped.optimizer().steps());
  }
}

TEST_CASE("trainer: the tokens that a filter skipped and the time are restored; a state of no such step is refused") {
  const TemporaryFolder folder("restore-totals");
  RunConfig config = small_run();
  config.strategy = "none", config.filter = "weak";
  Trainer first(config, small_data().data);
  while (first.next_step() < 12) first.step();
  first.save(folder / "state");
  Trainer second(config, small_data().data);
  second.restore(folder / "state");
  CHECK(second.next_step() == 12);
  CHECK(second.totals().skipped == first.totals().skipped);
  CHECK(second.totals().skipped > 0);
  CHECK(second.totals().seconds == first.totals().seconds);
  config.steps = 11;  // the state is of the twelfth
  Trainer shorter(config, small_data().data);
  CHECK_THROWS_WITH_AS(shorter.restore(folder / "state"), doctest::Contains("is damaged"), Error);
  config.model.width = 32;
  Trainer wider(config, small_data().data);
  CHECK_THROWS_AS(wider.restore(folder / "state"), Error);
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
