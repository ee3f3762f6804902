#include "eval/relearning.hpp"

#include <doctest/doctest.h>

#include "tests/support/small_network.hpp"
#include "train/adamw.hpp"
#include "train/loader.hpp"

using namespace sgtm;

TEST_CASE("relearning: AdamW of the paper on batches half forget, half retain, at a rate that rises and stays") {
  const Dataset& data = adjacent_data().data;
  RelearningConfig config;
  config.steps = 4, config.documents = 3, config.warmup = 2, config.rate = 5e-3;
  SmallNetwork attacked, expected;
  std::vector<double> tokens_seen;
  relearn(attacked.network, attacked.layout, attacked.parameters, data, config, 7,
          [&](Index, double tokens) { tokens_seen.push_back(tokens); });

  SourceBatches forget(data, Source::forget, "relearning", 400, 7), retain(data, Source::retain, "relearning", 400, 7);
  AdamW<float> optimizer({0.9, 0.95, 1e-8, 0.1}, expected.layout.size);
  double forget_tokens = 0;
  for (Index step = 0; step < 4; ++step) {
    Batch batch;
    CHECK(tokens_seen[static_cast<std::size_t>(step)] == forget_tokens);
    forget_tokens += static_cast<double>(forget.append(batch, step, 3));
    retain.append(batch, step, 3);
    CHECK(batch.documents() == 6);
    Flat<float> gradient = Flat<float>::Zero(expected.layout.size);
    expected.network.forward(expected.parameters, batch, expected.network.keep_all().forward);
    expected.network.backward(expected.parameters, batch, expected.network.keep_all(), expected.network.all_gradients(),
                              predicted_tokens(batch), gradient);
    optimizer.step(expected.parameters, gradient, step == 0 ? 2.5e-3 : 5e-3);
  }
  CHECK(tokens_seen.back() == forget_tokens);
  CHECK((attacked.parameters == expected.parameters).all());
}

TEST_CASE("relearning: looks before the attack, after every fiftieth of it, and at its end") {
  for (const auto& [steps, every] : {std::pair<Index, Index>{3, 1}, {104, 2}}) {
    RelearningConfig config;
    config.steps = steps, config.documents = 1, config.warmup = 0;
    SmallNetwork m;
    std::vector<Index> looks, expected{0};
    relearn(m.network, m.layout, m.parameters, small_data().data, config, 1,
            [&](Index step, double) { looks.push_back(step); });
    for (Index step = every; step <= steps; step += every) expected.push_back(step);
    CHECK(looks == expected);
  }
  RelearningConfig odd;
  odd.steps = 101, odd.documents = 1;
  SmallNetwork m;
  Index last = 0;
  relearn(m.network, m.layout, m.parameters, small_data().data, odd, 1, [&](Index step, double) { last = step; });
  CHECK(last == 101);
}

TEST_CASE("relearning: begins with the loss as it was, goes down, and is a function of the seed") {
  const Dataset& data = small_data().data;
  RelearningConfig config;
  config.steps = 20;
  config.documents = 2;
  config.rate = 5e-3;
  const auto curve = [&](std::uint64_t seed) {
    SmallNetwork m;
    Batch batch;
    data.parts.at("forget").held_out->append(0, 400, batch.tokens);
    batch.offsets.push_back(batch.size());
    struct Point {
      Index step;
      double tokens, loss;
    };
    std::vector<Point> points;
    relearn(m.network, m.layout, m.parameters, data, config, seed, [&](Index step, double tokens) {
      points.push_back({step, tokens, m.network.mean_loss(m.parameters, batch)});
    });
    return points;
  };
  const auto first = curve(1), again = curve(1), other = curve(2);
  REQUIRE(first.size() == 21);
  CHECK(first.front().step == 0);
  CHECK(first.front().loss == other.front().loss);
  CHECK(first.back().loss < first.front().loss - 0.1);
  CHECK(first.back().tokens > 20 * 2 * 10);
  CHECK(first.back().loss == again.back().loss);
  CHECK(first.back().loss != other.back().loss);
}
