#include "eval/rmu.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <utility>

#include "core/random.hpp"
#include "tests/support/differences.hpp"
#include "tests/support/small_network.hpp"
#include "train/adamw.hpp"
#include "train/loader.hpp"

using namespace sgtm;

namespace {

/// A network in double that keeps its hidden states, and a batch for it.
struct PreciseNetwork {
  const ModelConfig config = small_config();
  const Layout layout{config};
  Network<double> network{config, layout};
  const Batch batch = small_batch();
  Flat<double> parameters = small_parameters<double>(config, layout);
  PreciseNetwork() { network.keep_hidden(true); }
};

/// The derivative of a loss by one of the parameters that it depends on.
template <class Loss>
double derivative_at(double& parameter, const Loss& loss) {
  Matrix<double> x = Matrix<double>::Constant(1, 1, parameter);
  return central_differences(x, [&] {
    const double before = std::exchange(parameter, x(0, 0));
    const double value = loss();
    parameter = before;
    return value;
  })(0, 0);
}

}  // namespace

TEST_CASE("backward_from: the gradient of a loss on the stream after any block, against central differences") {
  PreciseNetwork m;
  const Matrix<double> weights = some_numbers(m.batch.size(), m.config.width, 0.3);
  for (Index last = 0; last < m.config.blocks; ++last) {
    const auto loss = [&] {
      m.network.forward(m.parameters, m.batch, m.network.keep_all().forward);
      return m.network.stream_after(last).cwiseProduct(weights).sum();
    };
    loss();
    Flat<double> gradient = Flat<double>::Zero(m.layout.size);
    m.network.backward_from(m.parameters, m.batch, last, weights, m.network.all_gradients(), gradient);
    for (const Tensor* t : m.layout.tensors())
      for (const Index i : {t->offset, t->offset + t->size() / 2}) {
        CAPTURE(t->name);
        CHECK(gradient[i] == doctest::Approx(derivative_at(m.parameters[i], loss)).epsilon(1e-7));
      }
  }
}

TEST_CASE("rmu: the gradient of its loss, against central differences; none outside of its MLPs") {
  PreciseNetwork m;
  const Matrix<double> target = some_numbers(m.batch.size(), m.config.width, 0.3);
  Flat<double> gradient = Flat<double>::Zero(m.layout.size), unused = gradient;
  const double value = pull_towards(m.network, m.parameters, m.batch, target, 100, gradient);
  const Matrix<double> error = m.network.stream_after(rmu_block(m.config.blocks)) - target;
  CHECK(value == doctest::Approx(100 * error.array().square().mean()).epsilon(1e-12));
  for (const Tensor* t : m.layout.tensors()) {
    CAPTURE(t->name);
    const std::string kind = t->name.substr(t->name.rfind(' ') + 1);
    const bool trained = kind == "W_1" || kind == "b_1" || kind == "W_2" || kind == "b_2";
    if (!trained) {
      CHECK((gradient.segment(t->offset, t->size()) == 0).all());
      continue;
    }
    for (const Index i : {t->offset, t->offset + t->size() / 2}) {
      const auto loss = [&] { return pull_towards(m.network, m.parameters, m.batch, target, 100, unused); };
      CHECK(gradient[i] == doctest::Approx(derivative_at(m.parameters[i], loss)).epsilon(1e-6));
    }
  }
}

TEST_CASE("rmu: moves forget hidden states to its vector, keeps retain ones, and touches three MLPs at most") {
  SmallNetwork m;
  const Flat<float> before = m.parameters;
  const Dataset& data = small_data().data;
  RmuConfig config;
  config.steps = 30;
  config.rate = 3e-3;
  const auto stream_of = [&](const char* source) {
    Batch batch;
    data.parts.at(source).held_out->append(0, 400, batch.tokens);
    batch.offsets.push_back(batch.size());
    m.network.keep_hidden(true);
    m.network.forward(m.parameters, batch, m.network.keep_all().forward);
    return m.network.stream_after(rmu_block(m.config.blocks));
  };
  const Matrix<float> forget = stream_of("forget"), retain = stream_of("retain");
  unlearn(m.network, m.layout, m.parameters, data, config, 1);
  const auto moved = [&](const char* source, const Matrix<float>& was) {
    return (stream_of(source) - was).rowwise().norm().mean();
  };
  CHECK(moved("forget", forget) > 1.3f * moved("retain", retain));
  std::set<std::string> changed;
  for (const Tensor* t : m.layout.tensors())
    if ((before.segment(t->offset, t->size()) != m.parameters.segment(t->offset, t->size())).any())
      changed.insert(t->name);
  CHECK(rmu_block(m.config.blocks) == 1);
  CHECK(changed == std::set<std::string>{"block 0 W_1", "block 0 b_1", "block 0 W_2", "block 0 b_2", "block 1 W_1",
                                         "block 1 b_1", "block 1 W_2", "block 1 b_2"});
  CHECK(rmu_block(12) == 7);
}

TEST_CASE("rmu: steps by AdamW without decay on the loss of its header, adjacent documents kept like retain ones") {
  RmuConfig config;
  config.steps = 3, config.documents = 2, config.rate = 2e-3, config.strength = 5, config.retain = 30;
  for (const Dataset* data : {&adjacent_data().data, &small_data().data}) {
    SmallNetwork unlearned, expected;
    const Index last = rmu_block(expected.config.blocks);
    unlearn(unlearned.network, unlearned.layout, unlearned.parameters, *data, config, 9);

    std::vector<SourceBatches> kept_sources{{*data, Source::retain, "RMU", 400, 9}};
    if (data->parts.contains("adjacent")) kept_sources.push_back({*data, Source::adjacent, "RMU", 400, 9});
    SourceBatches forget(*data, Source::forget, "RMU", 400, 9);
    Random random(9, "RMU direction");
    Row<float> u(expected.config.width);
    for (float& value : u) value = static_cast<float>(random.uniform());
    Flat<float> original = expected.parameters;
    AdamW<float> optimizer({0.9, 0.999, 1e-8, 0}, expected.layout.size);
    expected.network.keep_hidden(true);
    double length = 0;
    for (Index step = 0; step < 3; ++step) {
      Batch forgotten, kept;
      forget.append(forgotten, step, 2);
      for (SourceBatches& source : kept_sources) source.append(kept, step, 2);
      expected.network.forward(original, kept, expected.network.keep_all().forward);
      const Matrix<float> was = expected.network.stream_after(last);
      if (step == 0) length = 5 * was.cast<double>().rowwise().norm().mean();
      const Row<float> target = u * static_cast<float>(length / u.cast<double>().norm());
      Flat<float> gradient = Flat<float>::Zero(expected.layout.size);
      pull_towards<float>(expected.network, expected.parameters, forgotten, target.replicate(forgotten.size(), 1), 1,
                          gradient);
      pull_towards<float>(expected.network, expected.parameters, kept, was, 30, gradient);
      optimizer.step(expected.parameters, gradient, 2e-3);
    }
    const Flat<float> moved = expected.parameters - original;
    CHECK(moved.matrix().norm() > 0.01f);
    CHECK((unlearned.parameters - expected.parameters).matrix().norm() < 1e-3f * moved.matrix().norm());
  }
}

TEST_CASE("rmu: trains the block at seven twelfths of the model and the two before it") {
  for (const auto& [blocks, last] : {std::pair<Index, Index>{1, 0}, {2, 1}, {3, 2}, {4, 2}, {6, 4}, {8, 5}, {12, 7}})
    CHECK(rmu_block(blocks) == last);
  ModelConfig model = small_config();
  model.blocks = 6;
  const Layout layout(model);
  Network<float> network(model, layout);
  network.keep_hidden(true);
  Flat<float> parameters = small_parameters<float>(model, layout), gradient = Flat<float>::Zero(layout.size);
  const Batch batch = small_batch();
  pull_towards<float>(network, parameters, batch, Matrix<float>::Zero(batch.size(), model.width), 1, gradient);
  std::set<std::string> trained;
  for (const Tensor* t : layout.tensors())
    if ((gradient.segment(t->offset, t->size()) != 0).any()) trained.insert(t->name);
  std::set<std::string> expected;
  for (const char* block : {"block 2", "block 3", "block 4"})
    for (const char* tensor : {" W_1", " b_1", " W_2", " b_2"}) expected.insert(std::string(block) + tensor);
  CHECK(trained == expected);
}
