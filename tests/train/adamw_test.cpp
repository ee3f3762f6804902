#include "train/adamw.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/small_model.hpp"
#include "train/parameter_groups.hpp"

using namespace sgtm;

namespace {

/// AdamW of one entry, as algorithm 2 of Loshchilov and Hutter 2019 has it.
struct Entry {
  double p, m = 0, v = 0, t = 0;
  void step(double g, double rate, const AdamWConfig& c) {
    ++t;
    m = c.beta_1 * m + (1 - c.beta_1) * g;
    v = c.beta_2 * v + (1 - c.beta_2) * g * g;
    const double m_hat = m / (1 - std::pow(c.beta_1, t)), v_hat = v / (1 - std::pow(c.beta_2, t));
    p -= rate * c.weight_decay * p + rate * m_hat / (std::sqrt(v_hat) + c.epsilon);
  }
};

Flat<double> some_gradient(Index size, int step) {
  Flat<double> g(size);
  for (Index i = 0; i < size; ++i) g[i] = std::sin(0.7 * static_cast<double>(i) + step) * std::pow(10.0, -(i % 9));
  return g;
}

}  // namespace

TEST_CASE("adamw: one group steps every entry by the algorithm, also of arrays longer than a thread's share") {
  const AdamWConfig config{0.7, 0.9, 1e-3, 0.2};  // an epsilon and a decay that matter
  constexpr Index size = 40001;
  AdamW<double> optimizer(config, size);
  Flat<double> parameters = some_gradient(size, 17);
  std::vector<Entry> entries;
  for (const double p : parameters) entries.push_back({p});
  for (const auto& [step, rate] : {std::pair{1, 0.1}, {2, 0.3}, {3, 0.05}}) {
    const Flat<double> g = some_gradient(size, step);
    optimizer.step(parameters, g, rate);
    double worst = 0;
    for (Index i = 0; i < size; ++i) {
      Entry& e = entries[static_cast<std::size_t>(i)];
      e.step(g[i], rate, config);
      worst = std::max(worst, std::abs(parameters[i] - e.p));
    }
    CHECK(worst < 1e-14);
  }
  CHECK(optimizer.steps() == std::vector<Index>{3});
}

TEST_CASE("adamw: groups by owner step and count alone; what does not step keeps its values and moments") {
  const ModelConfig model = small_config();
  const Layout layout(model);
  const Partition partition = make_partition(layout, model, {1, 5, {0, 2}, false, false}, strategy_named("sgtm"));
  const AdamWConfig config;
  AdamW<double> optimizer(config, layout.size, parameter_groups("split", layout.size, partition));
  CHECK(parameter_groups("joint", layout.size, partition) == std::vector<EntryRanges>{{{0, layout.size}}});
  CHECK(groups_that_step("joint", {Owner::forget}) == std::vector<std::size_t>{0});
  Flat<double> parameters = small_parameters<double>(model, layout);
  std::vector<Entry> entries;
  for (const double p : parameters) entries.push_back({p});
  const std::vector<std::vector<Owner>> plans{
      {Owner::forget, Owner::joint}, {Owner::retain, Owner::joint}, {Owner::forget, Owner::retain, Owner::joint}};
  for (int step = 0; step < 3; ++step) {
    const Flat<double> g = some_gradient(layout.size, step), before = parameters;
    const auto& trainable = plans[static_cast<std::size_t>(step)];
    optimizer.step(parameters, g, groups_that_step("split", trainable), 0.1);
    for (const Owner owner : owners) {
      const bool steps = std::find(trainable.begin(), trainable.end(), owner) != trainable.end();
      for_each_range(partition.of(owner), [&](Index offset, Index size) {
        for (Index i = offset; i < offset + size; ++i) {
          Entry& e = entries[static_cast<std::size_t>(i)];
          if (steps) e.step(g[i], 0.1, config);
          REQUIRE(std::abs(parameters[i] - e.p) < 1e-13);
          REQUIRE((steps || parameters[i] == before[i]));
        }
      });
    }
  }
  CHECK(optimizer.steps() == std::vector<Index>{2, 2, 3});  // forget, retain, joint
  AdamW<double> resumed(config, layout.size, parameter_groups("split", layout.size, partition));
  resumed.set_steps(optimizer.steps());
  CHECK(resumed.steps() == optimizer.steps());
}
